"""When further rounds bring nothing: the rules behind `--until f1`, `plateau`, `stable` and `certain`. Pure.

Every rule looks at whole rounds and gives its figures in words, reached or not. None of them looks at test.

f1: a target is reached when the lower end of the dev score's 95 % interval is at or above it, or the score itself in
two rounds in a row: in one round alone it is luck too often.

plateau: the best dev F1 of the last R rounds is less than 0.01 above the best before them, and within that one's
95 % interval. All rounds share one dev set, so what they differ in is not all of that interval: it alone would call
slow learning a plateau. A student that finds nothing at all yet has not begun to learn, and is on no plateau.

stable: stabilising predictions (Bloodgood & Vijay-Shanker, CoNLL 2009): Cohen's kappa between the tags of successive
students on a stop set, averaged over the last three comparisons.

certain: overall uncertainty (Zhu, Wang, Hovy & Ma, ACM TSLP 2010): the student's mean token entropy on the same stop
set, in nats and at the temperature fitted on dev, lies below a threshold in two rounds in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from .snapshot import Measure, RoundRow, Score
from .tasks import NER, Task

GAIN = 0.01
"""A gain of dev F1 that counts, whatever the interval."""
IN_A_ROW = 2
"""Rounds in a row in which a target of F1, or of uncertainty, is met."""
COMPARISONS = 3
"""Successive comparisons of students that `stable` averages."""
PLATEAU, STABLE, CERTAIN = 3, 0.99, 0.05
"""What the rules ask for unless told: rounds without a gain, mean kappa, mean token entropy (nats)."""
DEFAULTS = {"plateau": str(PLATEAU), "stable": str(STABLE), "certain": str(CERTAIN)}


@dataclass(frozen=True, slots=True)
class Learnt:
    """What one whole round came to, as far as a rule looks at it."""

    round: int
    dev: Score | None = None
    agreement: Measure | None = None
    uncertainty: Measure | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Whether a rule is reached, and its figures in words."""

    reached: bool
    words: str


Rule = Callable[[Sequence[Learnt], float], Seen]


def learnt(rows: Iterable[RoundRow]) -> list[Learnt]:
    """The whole rounds of a snapshot."""
    return [Learnt(row.round, row.dev, row.agreement, row.uncertainty) for row in rows if "evaluate" in row.seconds]


def target(rounds: Sequence[Learnt], wanted: float) -> Seen:
    """A target F1 on dev."""
    last = rounds[-1].dev if rounds else None
    if last is None:
        return Seen(False, "no round is measured on dev yet")
    now = f"dev F1 {_score(last)}"
    if last.low >= wanted:
        return Seen(True, f"{now}, its lower bound at or above {wanted:g}")
    recent = [(one.round, one.dev.f1) for one in rounds[-IN_A_ROW:] if one.dev is not None]
    above = [pair for pair in recent if pair[1] >= wanted]
    if len(above) == IN_A_ROW:
        (first, before), (second, _) = above
        words = f"in round {second} after {before:.3f} in round {first}, two in a row at or above {wanted:g}"
        return Seen(True, f"{now} {words}, though its lower bound is not")
    if last.f1 >= wanted:
        return Seen(
            False, f"{now} is at or above {wanted:g} once; a second round in a row, or its lower bound, ends it"
        )
    return Seen(False, f"{now} of {wanted:g}")


def plateau(rounds: Sequence[Learnt], patience: float = PLATEAU) -> Seen:
    """No gain on dev for `patience` rounds; at least one more than these must be measured."""
    last = int(patience)
    scores = [(one.round, one.dev) for one in rounds if one.dev is not None]
    if len(scores) <= last:
        return Seen(False, f"{len(scores)} of the {last + 1} rounds it needs are measured on dev")
    before_round, before = max(scores[:-last], key=lambda pair: pair[1].f1)
    since_round, since = max(scores[-last:], key=lambda pair: pair[1].f1)
    flat = before.f1 > 0 and since.f1 - before.f1 < GAIN and since.f1 <= before.high
    words = (
        f"best dev F1 of the last {_rounds(last)} {since.f1:.3f} (round {since_round}), before them {_score(before)} "
        f"(round {before_round})"
    )
    if flat:
        return Seen(True, f"plateau: {words}; a gain counts from {GAIN:g} or beyond that interval")
    return Seen(False, f"{words}: " + ("still rising" if before.f1 > 0 else "it has not begun to learn"))


def stable(rounds: Sequence[Learnt], wanted: float = STABLE, *, task: Task = NER) -> Seen:
    """Successive students say the same on the stop set."""
    recent = [(one.round, one.agreement) for one in rounds[-COMPARISONS:]]
    found = [(number, measure) for number, measure in recent if measure is not None]
    if not found:
        return Seen(False, "no two students were compared yet")
    mean = round(sum(measure.value for _, measure in found) / len(found), 9)  # .99 three times is .99
    each = ", ".join(f"{measure.value:.3f}" for _, measure in found)
    words = (
        f"mean kappa {mean:.3f} of {wanted:g} between successive students ({each} in "
        f"{_named([number for number, _ in found])}), n={found[-1][1].n:,} {task.decisions}"
    )
    if len(found) < COMPARISONS:
        return Seen(False, f"{words}; {len(found)} of the last {COMPARISONS} comparisons are there")
    return Seen(mean >= wanted, f"predictions are stable: {words}" if mean >= wanted else words)


def certain(rounds: Sequence[Learnt], below: float = CERTAIN, *, task: Task = NER) -> Seen:
    """The student doubts nothing any more on the stop set."""
    recent = [(one.round, one.uncertainty) for one in rounds[-IN_A_ROW:]]
    found = [(number, measure) for number, measure in recent if measure is not None]
    if not found:
        return Seen(False, "the student's uncertainty is not measured yet")
    each = " and ".join(f"{measure.value:.3f}" for _, measure in found)
    words = (
        f"{task.entropy} {each} in {_named([number for number, _ in found])}, n={found[-1][1].n:,} {task.decisions}; "
        f"wanted below {below:g} twice"
    )
    reached = len(found) == IN_A_ROW and all(measure.value < below for _, measure in found)
    return Seen(reached, f"the student is certain: {words}" if reached else words)


_FARTHEST = 100


def rules(task: Task = NER) -> dict[str, Rule]:
    """The rules by name; what they count is called as the task calls it."""
    return {
        "f1": target,
        "plateau": plateau,
        "stable": partial(stable, task=task),
        "certain": partial(certain, task=task),
    }


def earliest(name: str, rounds: Sequence[Learnt], value: float) -> int | None:
    """The first round that could reach a rule, were all to go for it from now on: no forecast. None where none can."""
    last = rounds[-1].round if rounds else 0
    f1 = value if name == "f1" else 1e-9  # no gain is what a plateau waits for
    coming, rule = list(rounds), rules()[name]
    for number in range(last + 1, last + _FARTHEST):
        agreement = Measure(1.0, 0) if number > 1 else None  # the first student has nobody to be compared with
        coming.append(Learnt(number, Score(f1, f1, f1, 0, f1, 1.0), agreement, Measure(0.0, 0)))
        if rule(coming, value).reached:
            return number
    return None


def _score(score: Score) -> str:
    return f"{score.f1:.3f} [{score.low:.3f}, {score.high:.3f}] n={score.n:,}"


def _rounds(number: int) -> str:
    return "round" if number == 1 else f"{number} rounds"


def _named(numbers: Sequence[int]) -> str:
    """`round 4`, `rounds 4 and 5`, `rounds 4, 5 and 6`."""
    if len(numbers) == 1:
        return f"round {numbers[0]}"
    return f"rounds {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
