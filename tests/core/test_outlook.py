"""What a goal still takes, by what the rounds so far took."""

from __future__ import annotations

from dataclasses import replace

from llmaaa_tui.core.forecast import fit
from llmaaa_tui.core.outlook import Span, labels_there, outlook, points, rate
from llmaaa_tui.core.schedule import Plan
from llmaaa_tui.core.snapshot import Measure, RoundRow, Score, Tokens


def row(number: int, cost: int, *, labels: int = 50, f1: float | None = 0.5, done: bool = True) -> RoundRow:
    score = None if f1 is None else Score(f1, f1, f1, 100, f1 - 0.03, f1 + 0.03)
    return RoundRow(
        round=number,
        strategy="random",
        selected=50,
        labelled=labels - 5,
        empty=5,
        failed={},
        reviewed=0,
        train_size=labels * number,
        dev=score if done else None,
        test=None,
        teacher=None,
        teacher_split=None,
        picked=None,
        tokens=Tokens(),
        cost_nanousd=cost,
        seconds={"evaluate": 1.0} if done else {"select": 1.0},
    )


THREE = (row(1, 900), row(2, 100), row(3, 200))


def test_the_first_round_is_another_size_and_does_not_count_once_there_are_more() -> None:
    assert rate(()) is None
    first = rate(THREE[:1])
    assert first is not None
    assert (first.n, first.nanousd) == (1, 900)
    later = rate(THREE)
    assert later is not None
    assert (later.n, later.nanousd, later.least_nanousd, later.most_nanousd, later.labels) == (2, 150, 100, 200, 50)


def test_rounds_cost_what_rounds_cost_less_what_the_open_one_has_paid() -> None:
    seen = outlook("rounds=6", THREE, 1200, 6000)
    assert (seen.rounds, seen.labels, seen.nanousd) == (Span(3, 3, 3), Span(150, 150, 150), Span(450, 300, 600))
    begun = outlook("rounds=6", (*THREE, row(4, 120, labels=30, done=False)), 1320, 6000)
    assert begun.nanousd == Span(330, 200, 480), "a dearer round than ever leaves nothing of itself to pay"
    assert outlook("rounds=3", THREE, 1200, 6000).done
    assert outlook("rounds=6", (), 0, 6000).why == "what a round costs is known after the first"


def test_labels_and_dollars_that_are_left() -> None:
    seen = outlook("labels=260", THREE, 1200, 6000)
    assert seen.labels == Span(110, 110, 110)
    assert seen.rounds == Span(3, 3, 3)
    assert seen.nanousd == Span(330, 220, 440)
    assert outlook("labels=150", THREE, 1200, 6000).done
    money = outlook("usd=0.000002", THREE, 1200, 6000)
    assert money.nanousd == Span(800, 800, 800)
    assert money.rounds == Span(6, 4, 8)
    assert outlook("usd=0.000001", THREE, 1200, 6000).done
    free = tuple(row(n, 0) for n in (1, 2, 3))
    assert outlook("usd=1", free, 0, 6000).rounds is None, "what costs nothing never gets there"


def test_labels_that_people_rejected_are_not_there_and_those_they_gave_are() -> None:
    rounds = [replace(row(1, 5), train_size=30), replace(row(2, 5), train_size=70), row(3, 5, done=False)]
    rounds[2] = replace(rounds[2], train_size=0)
    assert labels_there(rounds[:2]) == 70
    assert labels_there(rounds) == 70 + rounds[2].labelled + rounds[2].empty
    assert not outlook("labels=100", rounds[:2], 0, 1000).done, "100 answers, but 30 of them were rejected"
    assert outlook("labels=70", rounds[:2], 0, 1000).done


def test_a_goal_of_f1_follows_the_curve() -> None:
    rounds = tuple(row(n, 100, f1=0.9 - 0.5 / n) for n in range(1, 7))
    curve = fit(points(rounds))
    assert curve is not None
    seen = outlook("f1=0.85", rounds, 600, 6000, curve)
    assert seen.need is not None
    assert seen.need.labels is not None
    assert seen.labels is not None
    assert seen.labels.expected == seen.need.labels - 300
    assert seen.labels.low <= seen.labels.expected
    assert seen.rounds is not None
    assert seen.rounds.expected == -(-seen.labels.expected // 50)
    assert seen.nanousd is not None
    assert seen.nanousd.expected == seen.labels.expected * 2
    assert outlook("f1=0.80", rounds, 600, 6000, curve).done, "twice in a row"
    once = outlook("f1=0.81", rounds, 600, 6000, curve)
    assert not once.done
    assert once.why.endswith("is at or above 0.81 once; a second round in a row, or its lower bound, ends it")
    assert outlook("f1=0.85", rounds, 600, 310, curve).why.startswith("more than the pool's 310 sentences")
    assert outlook("f1=0.9999", rounds, 600, 6000, curve).why == "out of reach, as far as the curve goes"
    assert "cannot be said yet" in outlook("f1=0.9", rounds[:2], 200, 6000, fit(points(rounds[:2]))).why


def test_what_cannot_be_read_is_no_goal() -> None:
    for goal in ("", "f1", "f1=x", "rounds=", "plato=2", "plateau=x", "usd=-1"):
        seen = outlook(goal, THREE, 0, 10)
        assert seen.why == "this goal is not known here"
        assert not seen.done


def test_rounds_that_grow_cost_by_their_size() -> None:
    plan = Plan("quadratic", 50, 50, 10)  # 5, 15, 25, 35, …
    rounds = [
        replace(row(number, 10 * size, labels=size), selected=size)
        for number, size in ((1, 5), (2, 15), (3, 25))  # the rate is that of the later two: 20 labels, 200
    ]
    seen = outlook("rounds=5", rounds, 0, 6000, plan=plan)
    assert (seen.rounds, seen.labels, seen.nanousd) == (Span(2, 2, 2), Span(80, 80, 80), Span(800, 800, 800))
    begun = outlook("rounds=5", [*rounds, replace(row(4, 100, done=False), selected=35)], 0, 6000, plan=plan)
    assert begun.nanousd == Span(700, 700, 700)
    assert outlook("labels=155", rounds, 0, 6000, plan=plan).rounds == Span(2, 2, 2)
    assert outlook("labels=156", rounds, 0, 6000, plan=plan).rounds == Span(3, 3, 3)
    assert outlook("usd=0.000002", rounds, 1200, 6000, plan=plan).rounds == Span(2, 2, 2)
    assert outlook("usd=0.000002", rounds, 1199, 6000, plan=plan).rounds == Span(3, 3, 3)
    assert outlook("rounds=5", rounds, 0, 6000, plan=Plan("constant", 5, 20, 10)) == outlook("rounds=5", rounds, 0, 9)


def test_what_no_curve_foretells_has_a_first_round_and_no_figures() -> None:
    seen = outlook("plateau", THREE[:2], 0, 6000)
    assert seen.why == "not before round 4: 2 of the 4 rounds it needs are measured on dev"
    assert (seen.rounds, seen.labels, seen.nanousd) == (None, None, None)
    four = (*THREE, row(4, 100))
    assert outlook("plateau", four, 0, 6000).done
    assert not outlook("plateau=4", four, 0, 6000).done
    same = Measure(1.0, 400)
    agreed = [*four[:1], *(replace(one, agreement=same, uncertainty=same) for one in four[1:])]
    assert outlook("stable", agreed, 0, 6000).done
    assert outlook("certain", agreed, 0, 6000).why.startswith("not before round 6: mean token entropy 1.000 and 1.000")
