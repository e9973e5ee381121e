"""Teacher against student: in which round the student passes the annotator it learns from. Pure.

Both are measured on one gold split. The student passes in the first round whose F1 is above the annotator's; that is
beyond chance once the two 95 % intervals lie apart, which asks for more than a test of the difference would. On dev
the student's figure flatters it a little, for its epochs were chosen there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .forecast import Curve, Need, Point, fit
from .snapshot import RoundRow, Score


@dataclass(frozen=True, slots=True)
class Crossing:
    """The annotator's score on `split` and what the student came to there.

    Attributes:
        passed: the first round above the annotator, with its score; None before it.
        apart: the first round whose interval lies wholly above the annotator's, with its score; None before it.
        newest: the newest measured round, with its score.
        need: labels at which the forecast puts it; None where it passed, or nothing can be said yet.
    """

    split: str
    teacher: Score
    passed: tuple[int, Score] | None
    apart: tuple[int, Score] | None
    newest: tuple[int, Score]
    need: Need | None = None


def crossing(
    split: str, teacher: Score, scores: Sequence[tuple[int, Score]], curve: Curve | None = None
) -> Crossing | None:
    """Where the student stands against the annotator; None before a round is measured.

    Args:
        scores: each measured round with the student's score on the split, in order.
        curve: the student's learning curve on the same split.
    """
    if not scores:
        return None
    passed = next((pair for pair in scores if pair[1].f1 > teacher.f1), None)
    apart = next((pair for pair in scores if pair[1].low > teacher.high), None)
    need = curve.needed(teacher.f1) if curve is not None and passed is None else None
    return Crossing(split, teacher, passed, apart, scores[-1], need)


def of_rounds(rounds: Sequence[RoundRow]) -> Crossing | None:
    """The crossing as the rounds of a snapshot tell it, with the forecast where it lies ahead; None where the annotator
    or the student is not measured."""
    teacher, split = (rounds[-1].teacher, rounds[-1].teacher_split) if rounds else (None, None)
    if teacher is None or split is None:
        return None
    measured = [(row, row.test if split == "test" else row.dev) for row in rounds]
    scores = [(row.round, score) for row, score in measured if score is not None]
    if any(score.f1 > teacher.f1 for _, score in scores):
        return crossing(split, teacher, scores)
    points = tuple(
        Point(row.train_size, score.f1, score.low, score.high) for row, score in measured if score is not None
    )
    return crossing(split, teacher, scores, _curve(points))


@lru_cache(maxsize=8)
def _curve(points: tuple[Point, ...]) -> Curve | None:
    """A tenth of a second a fit, and a snapshot is made ten times a second."""
    return fit(points)


def sentence(found: Crossing, f1: Callable[[float], str] = "{:.3f}".format) -> str:
    """The crossing in words; `f1` writes a figure."""

    def full(score: Score) -> str:
        return f"{f1(score.f1)} [{f1(score.low)}, {f1(score.high)}]"

    number, last = found.newest
    if found.passed is None:
        words = (
            f"student has not passed the annotator on {found.split}: {full(last)} in round {number} "
            f"under {full(found.teacher)}"
        )
        return f"{words}; {forecast(found.need)}" if found.need is not None else words
    first, score = found.passed
    words = (
        f"student passes the annotator in round {first} ({full(score)} over {full(found.teacher)} on {found.split}); "
    )
    if found.apart is None:
        words += "not beyond chance yet"
    elif found.apart[0] == first:
        words += "beyond chance: the intervals lie apart"
    else:
        words += f"beyond chance first in round {found.apart[0]} ({full(found.apart[1])})"
    if last.f1 <= found.teacher.f1:
        words += f"; round {number} is not above it ({full(last)})"
    return words


def forecast(need: Need) -> str:
    """Where the learning curve puts the crossing."""
    if need.labels is None or need.low is None:
        return "the forecast does not reach it"
    high = "no end" if need.high is None else f"{need.high:,}"
    return f"the forecast puts it at \N{ALMOST EQUAL TO} {need.labels:,} labels [{need.low:,}, {high}]"
