"""What a goal will still take in rounds, labels and money, by what the rounds so far took; pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .forecast import Curve, Need, Point
from .money import parse_usd
from .schedule import Plan
from .snapshot import RoundRow
from .stopping import DEFAULTS, earliest, learnt, rules, target
from .tasks import NER, Task


@dataclass(frozen=True, slots=True)
class Span:
    """A quantity still to come: expected, low and high end; `high` None where no end can be said."""

    expected: int
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Rate:
    """What whole rounds took: nano-USD and labels a round, with the cheapest and the dearest of `n`.

    `selected` is how many sentences they picked on average. With rounds of different sizes, cheapest and dearest are
    those a sentence, for a round of the mean size.
    """

    n: int
    nanousd: int
    least_nanousd: int
    most_nanousd: int
    labels: float
    selected: float

    def each(self, nanousd: int) -> int:
        """Nano-USD a label where a round costs so much, rounded up."""
        return math.ceil(nanousd / self.labels) if self.labels else 0


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The rounds to come, in rounds of the mean size so far and in labels; without a plan they are all of that size."""

    paid: Rate
    plan: Plan | None
    number: int

    def worth(self, rounds: int) -> float:
        """How many rounds of the mean size the next `rounds` rounds are."""
        if self.plan is None or not self.paid.selected:
            return rounds
        return self.plan.items(self.number + 1, self.number + rounds) / self.paid.selected

    def rounds_of(self, worth: float) -> int:
        """How many rounds to come make so many of the mean size."""
        if self.plan is None or not self.paid.selected:
            return math.ceil(worth)
        return self.plan.rounds_for(worth * self.paid.selected, self.number)


@dataclass(frozen=True, slots=True)
class Outlook:
    """One goal: what is still to come of it. None where it cannot be said, and `why` says why.

    `done` is set once the goal is reached; `need` is what the learning curve says of a goal of F1.
    """

    goal: str
    rounds: Span | None = None
    labels: Span | None = None
    nanousd: Span | None = None
    done: bool = False
    why: str = ""
    need: Need | None = None


def whole_rounds(rounds: Sequence[RoundRow]) -> tuple[RoundRow, ...]:
    """The rounds that have come to their end: they were measured."""
    return tuple(row for row in rounds if "evaluate" in row.seconds)


def rate(rounds: Sequence[RoundRow]) -> Rate | None:
    """What a round takes, by the whole ones after the first (whose size is another) or, so long, by the first."""
    done = whole_rounds(rounds)
    done = done[1:] or done
    if not done:
        return None
    selected = sum(row.selected for row in done) / len(done)
    costs = [row.cost_nanousd * selected / row.selected if row.selected else row.cost_nanousd for row in done]
    labels = sum(row.labelled + row.empty for row in done) / len(done)
    mean = math.ceil(sum(row.cost_nanousd for row in done) / len(done))
    return Rate(len(done), mean, math.floor(min(costs)), math.ceil(max(costs)), labels, selected)


def points(rounds: Sequence[RoundRow]) -> tuple[Point, ...]:
    """The learning curve on dev: that is what a goal of F1 looks at."""
    return tuple(
        Point(row.train_size, row.dev.f1, row.dev.low, row.dev.high)
        for row in rounds
        if row.dev is not None and row.train_size > 0
    )


def outlook(
    goal: str,
    rounds: Sequence[RoundRow],
    spent_nanousd: int,
    pool: int,
    curve: Curve | None = None,
    plan: Plan | None = None,
    task: Task = NER,
) -> Outlook:
    """What `goal` ("rounds=10", "labels=500", "f1=0.8", "usd=1.5", "plateau", "stable=.98") still takes.

    Args:
        spent_nanousd: of the whole ledger: that is what a goal of dollars looks at.
        pool: items in the pool, with those already answered.
        curve: the learning curve on dev; None where it cannot be said yet.
        plan: how large the rounds to come are; None: as those so far.
        task: what items and their decisions are called.
    """
    name, _, text = goal.partition("=")
    paid = rate(rounds)
    ahead = None if paid is None else _Ahead(paid, plan, len(whole_rounds(rounds)))
    try:
        match name:
            case "rounds":
                return _rounds(goal, int(text), rounds, ahead)
            case "labels":
                return _labels(goal, int(text), rounds, ahead)
            case "usd":
                return _usd(goal, parse_usd(text), spent_nanousd, ahead)
            case "f1":
                return _f1(goal, float(text), rounds, ahead, pool, curve, task)
            case "plateau" | "stable" | "certain":
                return _rule(goal, name, float(text or DEFAULTS[name]), rounds, task)
    except ValueError:
        pass
    return Outlook(goal, why="this goal is not known here")


def _rounds(goal: str, wanted: int, rounds: Sequence[RoundRow], ahead: _Ahead | None) -> Outlook:
    left = wanted - len(whole_rounds(rounds))
    if left <= 0:
        return Outlook(goal, done=True)
    exact = Span(left, left, left)
    if ahead is None:
        return Outlook(goal, rounds=exact, why="what a round costs is known after the first")
    under_way = sum(row.cost_nanousd for row in rounds if "evaluate" not in row.seconds)
    paid, worth, first = ahead.paid, ahead.worth(left), ahead.worth(1)

    def money(each: int) -> int:
        return max(0, math.ceil(each * worth - min(under_way, each * first)))

    return Outlook(
        goal,
        rounds=exact,
        labels=_same(round(paid.labels * worth)),
        nanousd=Span(money(paid.nanousd), money(paid.least_nanousd), money(paid.most_nanousd)),
    )


def _labels(goal: str, wanted: int, rounds: Sequence[RoundRow], ahead: _Ahead | None) -> Outlook:
    have = labels_there(rounds)
    if have >= wanted:
        return Outlook(goal, done=True)
    left = wanted - have
    return _priced(goal, Span(left, left, left), ahead)


def labels_there(rounds: Sequence[RoundRow]) -> int:
    """Labels in force, as the newest training saw them, with what was answered since.

    People reject answers and label failures: the answers alone are neither what a training sees nor what a goal counts.
    """
    trained = next((row for row in reversed(rounds) if row.train_size), None)
    since = [row.labelled + row.empty for row in rounds if trained is None or row.round > trained.round]
    return (trained.train_size if trained else 0) + sum(since)


def _usd(goal: str, wanted: int, spent: int, ahead: _Ahead | None) -> Outlook:
    left = wanted - spent
    if left <= 0:
        return Outlook(goal, done=True)
    money = _same(left)
    if ahead is None or not ahead.paid.nanousd:
        return Outlook(goal, nanousd=money, why="how many rounds that is, is known after the first paid one")
    paid = ahead.paid
    rounds = Span(
        ahead.rounds_of(left / paid.nanousd),
        ahead.rounds_of(left / paid.most_nanousd),
        ahead.rounds_of(left / paid.least_nanousd) if paid.least_nanousd else None,
    )
    return Outlook(goal, rounds=rounds, labels=_same(int(left / paid.nanousd * paid.labels)), nanousd=money)


def _f1(
    goal: str,
    wanted: float,
    rounds: Sequence[RoundRow],
    ahead: _Ahead | None,
    pool: int,
    curve: Curve | None,
    task: Task,
) -> Outlook:
    measured, seen = points(rounds), target(learnt(rounds), wanted)
    if seen.reached:
        return Outlook(goal, done=True)
    if measured and measured[-1].f1 >= wanted:
        return Outlook(goal, why=seen.words)
    if curve is None:
        why = f"cannot be said yet: the learning curve needs 3 measured rounds, and {len(measured)} there are"
        return Outlook(goal, why=why)
    need = curve.needed(wanted)
    have = measured[-1].labels
    if need.labels is None:
        return Outlook(goal, why="out of reach, as far as the curve goes", need=need)
    if need.labels > pool:
        return Outlook(goal, why=f"more than the pool's {task.count(pool)}", need=need)
    left = Span(
        max(1, need.labels - have),
        max(0, (need.low or have) - have),
        None if need.high is None else max(1, need.high - have),
    )
    priced = _priced(goal, left, ahead)
    return Outlook(goal, priced.rounds, priced.labels, priced.nanousd, why=priced.why, need=need)


def _rule(goal: str, name: str, value: float, rounds: Sequence[RoundRow], task: Task) -> Outlook:
    """A rule that no curve foretells: where it stands, and the round before which it cannot be reached."""
    whole = learnt(rounds)
    seen = rules(task)[name](whole, value)
    if seen.reached:
        return Outlook(goal, done=True, why=seen.words)
    first = earliest(name, whole, value)
    sooner = "no round can reach it" if first is None else f"not before round {first}"
    return Outlook(goal, why=f"{sooner}: {seen.words}")


def _priced(goal: str, labels: Span, ahead: _Ahead | None) -> Outlook:
    """Rounds and money for so many more labels, by what labels took so far; its range joins that of the labels."""
    if ahead is None or not ahead.paid.labels:
        return Outlook(goal, labels=labels, why="what a label costs is known after the first round")
    paid = ahead.paid
    cheap, dear = paid.each(paid.least_nanousd), paid.each(paid.most_nanousd)

    def rounds(number: int) -> int:
        return ahead.rounds_of(number / paid.labels)

    return Outlook(
        goal,
        rounds=Span(rounds(labels.expected), rounds(labels.low), None if labels.high is None else rounds(labels.high)),
        labels=labels,
        nanousd=Span(
            labels.expected * paid.each(paid.nanousd),
            labels.low * cheap,
            None if labels.high is None else labels.high * dear,
        ),
    )


def _same(number: int) -> Span:
    return Span(number, number, number)
