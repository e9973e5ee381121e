"""One sentence on whom to take: true of what was measured, and of nobody where the figures do not say."""

from __future__ import annotations

import pytest

from llmaaa_tui.core.comparison import ComparedRow, Difference
from llmaaa_tui.core.snapshot import Score
from llmaaa_tui.evaluation.recommend import recommendation


def row(name: str, f1: float, cost: int | None = None, correct: int | None = None, **more: object) -> ComparedRow:
    values = {"items": 100, **more}
    score = Score(f1, f1, f1, 100, f1 - 0.05, f1 + 0.05)
    return ComparedRow(
        name, "annotator", f1=score, nanousd_per_1000=cost, nanousd_per_correct=correct, **values  # type: ignore[arg-type]
    )  # fmt: skip


def apart(first: str, second: str, value: float, low: float, high: float) -> Difference:
    return Difference(first, second, value, low, high, 0.02 if low > 0 else 0.4, 100)


DOLLAR = 1_000_000_000


def test_the_best_is_taken_where_it_is_above_the_others() -> None:
    rows = [row("X", 0.71, 3 * DOLLAR, 3000), row("Y", 0.66, DOLLAR, 1000)]
    assert recommendation(rows, [apart("X", "Y", 0.05, 0.01, 0.09)], "sentences") == (
        "take X: F1 .71 [.66, .76], .05 [.01, .09] above Y (n = 100 sentences), at 3 times its price; "
        "Y is the best per dollar"
    )
    rows = [row("X", 0.71, DOLLAR, 1000), row("Y", 0.66, DOLLAR, 1100)]
    assert recommendation(rows, [apart("X", "Y", 0.05, 0.01, 0.09)], "pairs") == (
        "take X: F1 .71 [.66, .76], .05 [.01, .09] above Y (n = 100 pairs), at the same price"
    )


def test_a_cheaper_one_is_taken_where_it_is_known_to_be_hardly_behind() -> None:
    rows = [row("X", 0.71, 4 * DOLLAR, 4000), row("Y", 0.70, DOLLAR, 1000), row("Z", 0.40, 0, 0)]
    differences = [apart("X", "Y", 0.01, -0.03, 0.04), apart("X", "Z", 0.31, 0.2, 0.4)]
    assert recommendation(rows, differences, "sentences") == (
        "take Y: F1 .70 [.65, .75], .01 [-.03, .04] below X (n = 100 sentences), at 0.25 times its price; "
        "Z is the best per dollar"
    )


def test_the_cheapest_is_taken_of_several_that_are_hardly_behind() -> None:
    rows = [row("X", 0.71, 9), row("Y", 0.70, 5), row("Z", 0.70, 3), row("W", 0.69, 1)]
    differences = [apart("X", name, 0.01, -0.03, high) for name, high in (("Y", 0.04), ("Z", 0.05), ("W", 0.06))]
    assert recommendation(rows, differences, "sentences").startswith("take Z: ")


def test_one_that_may_be_far_behind_is_not_taken_for_its_price() -> None:
    rows = [row("X", 0.71, 4 * DOLLAR, 4000), row("Y", 0.60, DOLLAR, 1000)]
    assert recommendation(rows, [apart("X", "Y", 0.11, -0.02, 0.24)], "sentences") == (
        "take X: F1 .71 [.66, .76]; Y, at 0.25 times its price, may be as good: .11 [-.02, .24] below, "
        "which 100 sentences do not settle"
    )


def test_the_best_is_taken_where_those_beside_it_cost_as_much() -> None:
    rows = [row("X", 0.71, DOLLAR, 1000), row("Y", 0.69, 2 * DOLLAR, 2000)]
    assert recommendation(rows, [apart("X", "Y", 0.02, -0.03, 0.04)], "sentences") == (
        "take X: F1 .71 [.66, .76], and Y, which 100 sentences do not tell apart from it, is no cheaper"
    )


@pytest.mark.parametrize(
    ("mine", "theirs", "clause"),
    [(0, 5, ", for nothing"), (5, 0, ", while Y is free"), (0, 0, ", at the same price"), (None, 5, ""), (5, None, ""),
     (5_000, 1, ", at over 100 times its price")],
)  # fmt: skip
def test_prices_are_said_where_they_are_known(mine: int | None, theirs: int | None, clause: str) -> None:
    said = recommendation([row("X", 0.7, mine), row("Y", 0.5, theirs)], [apart("X", "Y", 0.2, 0.1, 0.3)], "texts")
    assert said == f"take X: F1 .70 [.65, .75], .20 [.10, .30] above Y (n = 100 texts){clause}"


def test_without_prices_those_not_told_apart_are_left_to_a_person() -> None:
    rows = [row("X", 0.71), row("Y", 0.69), row("Z", 0.68, DOLLAR)]
    close = [apart("X", "Y", 0.02, -0.03, 0.07), apart("X", "Z", 0.03, -0.03, 0.07)]
    assert recommendation(rows, close, "sentences") == (
        "100 sentences do not tell X, Y and Z apart, and not every price is known: "
        "ask about more, or take X, which leads with F1 .71 [.66, .76]"
    )


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (("simulated", "simulated"), "figures of a simulation"),
        (("recorded",), "answers are recorded"),
        (("simulated", "recorded"), "simulated or recorded"),
    ],
)
def test_simulated_and_recorded_answers_recommend_nobody(kinds: tuple[str, ...], words: str) -> None:
    said = recommendation([row(kind, 0.9, simulated=kind) for kind in kinds], [], "sentences")
    assert words in said
    assert "recommend nobody" in said
    assert "take" not in said


def test_beside_a_simulation_the_live_annotators_alone_are_recommended() -> None:
    rows = [row("sim", 0.95, simulated="simulated"), row("X", 0.71, 2), row("Y", 0.5, 1)]
    said = recommendation(rows, [apart("X", "Y", 0.21, 0.1, 0.3)], "sentences")
    assert said.startswith("take X: ")
    assert "sim" not in said


def test_too_few_one_alone_and_nothing_found() -> None:
    assert recommendation([], [], "texts") == ""
    few = recommendation([row("X", 0.9, items=19), row("Y", 0.2, items=19)], [apart("X", "Y", 0.7, 0.5, 0.9)], "texts")
    assert few == "19 texts are too few to recommend anybody: ask about 20 or more"
    alone = recommendation([row("X", 0.71, 250_000_000)], [], "sentences")
    assert alone == (
        "X alone was asked: F1 .71 [.66, .76] at $0.250 per 1,000 sentences; another is needed to choose between"
    )
    nothing = recommendation([row("X", 0.0), row("Y", 0.0)], [apart("X", "Y", 0, 0, 0)], "sentences")
    assert nothing == "nobody found anything that is right in 100 sentences: take none of them"
