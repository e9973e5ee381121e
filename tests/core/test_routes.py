"""Dollars to F1 by each route, against curves made from known parameters."""

from __future__ import annotations

import math
import random

import pytest

from llmaaa_tui.core.forecast import Law, Point, fit
from llmaaa_tui.core.human_cost import HumanCost, assumptions, human_cost
from llmaaa_tui.core.human_inputs import Timed
from llmaaa_tui.core.routes import Dollars, Route, as_json, dollars, sentences, target_of
from llmaaa_tui.core.snapshot import RoundRow, Score, Tokens

LAW = Law(0.85, 3.0, 0.6)
EACH = 1_000_000
"""Nano-USD a label, where the test does not say otherwise."""


def rounds(
    law: Law = LAW, number: int = 6, spread: float = 0.02, each: int = EACH, rng: random.Random | None = None
) -> tuple[RoundRow, ...]:
    made = []
    for n in range(1, number + 1):
        f1 = law.at(50 * n) + (rng.gauss(0, spread) if rng else 0.0)
        score = Score(f1, f1, f1, 100, f1 - 1.96 * spread, f1 + 1.96 * spread)
        made.append(
            RoundRow(
                round=n, strategy="random", selected=50, labelled=50, empty=0, failed={}, reviewed=0, train_size=50 * n,
                dev=score, test=None, teacher=None, teacher_split=None, picked=None, tokens=Tokens(),
                cost_nanousd=50 * each, seconds={"evaluate": 1.0},
            )
        )  # fmt: skip
    return tuple(made)


def priced(stored: dict[str, str] | None = None, reviewed: Timed | None = None) -> HumanCost:
    """People who take a thousand times the annotator's price a label: $0.001 by default."""
    figures = {"human.usd_per_item": "0.001", "human.annotators": "1"} if stored is None else stored
    return human_cost(3000, 300 * EACH, assumed=assumptions(figures, None, reviewed), items=300)


def routes(found: Dollars) -> dict[str, Route]:
    assert not found.why
    return {one.name: one for one in found.routes}


def test_routes_of_one_price_take_the_same_dollars() -> None:
    found = routes(dollars(0.8, rounds(), priced()))
    llm, people = found["LLM only"], found["people only"]
    assert (llm.nanousd, llm.low, llm.high, llm.need) == (people.nanousd, people.low, people.high, people.need)
    assert llm.nanousd is not None
    assert llm.need is not None
    assert llm.need.labels is not None
    assert llm.nanousd == pytest.approx(llm.need.labels * EACH, rel=0.003), "a law through money is one through labels"
    free = Timed(0.0001, 0.0001, 0.0001, 60)
    mixed = routes(dollars(0.8, rounds(), priced({"human.usd_per_hour": "0.001", "human.paid_by": "words"}, free)))
    assert mixed["mixed"].nanousd == pytest.approx(llm.nanousd, rel=0.001), "review that costs nothing adds nothing"


def test_what_was_reached_is_told_as_measured_and_not_forecast() -> None:
    made = rounds()
    third = made[2].dev
    assert third is not None
    found = routes(dollars(third.low, made, priced({"human.usd_per_item": "0.01 0.005 0.02", "human.annotators": "1"})))
    llm, people = found["LLM only"], found["people only"]
    assert llm.need is not None
    assert (llm.need.labels, llm.need.low, llm.need.high) == (150, 150, 150)
    assert (llm.nanousd, llm.low, llm.high) == (150 * EACH,) * 3
    assert (people.nanousd, people.low, people.high) == (1500 * EACH, 750 * EACH, 3000 * EACH)
    assert "reached already" in llm.why
    fifth, last = made[4].dev, made[5].dev
    assert fifth is not None
    assert last is not None
    once = routes(dollars((fifth.f1 + last.f1) / 2, made, priced()))["LLM only"]
    assert "may be chance" in once.why
    twice = routes(dollars(fifth.f1, made, priced()))["LLM only"]
    assert twice.nanousd == 300 * EACH, "two rounds in a row, though no lower end is there"


def test_a_price_ten_times_as_high_takes_ten_times_the_dollars_and_its_ends_widen_the_band() -> None:
    plain = routes(dollars(0.74, rounds(), priced()))["people only"]
    tenfold = {"human.usd_per_item": "0.01 0.005 0.02", "human.annotators": "1"}
    dear = routes(dollars(0.74, rounds(), priced(tenfold)))["people only"]
    for value, factor, other in (
        (dear.nanousd, 10, plain.nanousd),
        (dear.low, 5, plain.low),
        (dear.high, 20, plain.high),
    ):
        assert value is not None
        assert other is not None
        assert value == pytest.approx(factor * other, rel=1e-3)


def test_review_of_a_share_costs_its_share() -> None:
    timed = Timed(3.6, 1.8, 7.2, 60)
    human = priced({"human.usd_per_hour": "10", "human.paid_by": "words"}, timed)
    found = routes(dollars(0.8, rounds(), human))
    llm, mixed = found["LLM only"], found["mixed"]
    assert llm.nanousd is not None
    assert mixed.nanousd == pytest.approx(llm.nanousd * (1 + 0.2 * 10), rel=0.003), "60 of 300, $0.01 each"
    assert mixed.low is not None
    assert llm.low is not None
    assert mixed.low == pytest.approx(llm.low * (1 + 0.2 * 5), rel=0.003)
    assert "people review 20 % of the labels, as here; 3.6 (1.8 to 7.2) s each at $10.00 an hour" in mixed.assumes
    assert "reviewed a part of" in llm.assumes
    unpaid = routes(dollars(0.8, rounds(), priced(reviewed=timed)))["mixed"]
    assert unpaid.nanousd == pytest.approx(llm.nanousd * 1.2, rel=0.003)
    assert "no wage is known, so each at what one annotator is paid" in unpaid.assumes
    assert "nobody has reviewed here" in routes(dollars(0.8, rounds(), priced()))["mixed"].why


def test_people_have_their_own_curve_where_a_loop_on_gold_was_run() -> None:
    gold = [Point(n, f1 := Law(0.9, 3.0, 0.7).at(n), f1 - 0.02, f1 + 0.02) for n in (50, 100, 150, 200)]
    same, own = (routes(dollars(0.8, rounds(), priced(), curve))["people only"] for curve in ((), gold))
    assert same.need is not None
    assert own.need is not None
    assert own.need.labels is not None
    assert same.need.labels is not None
    assert own.need.labels < same.need.labels
    assert "the curve of the baseline loop on gold, 4 rounds" in own.assumes
    assert "no baseline loop on gold of three rounds" in same.assumes
    few = routes(dollars(0.8, rounds(), priced(), gold[:2]))["people only"]
    assert few.need == same.need


def test_the_band_of_dollars_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = random.Random(23)
    seen = held = 0
    for trial in range(80):
        a, c = rng.uniform(0.7, 0.95), rng.uniform(0.3, 1.2)
        law = Law(a, (a - rng.uniform(0.2, 0.5)) * math.pow(50, c), c)
        number, each = rng.choice([4, 6, 9]), rng.randint(10_000, 10**7)
        ahead = 50 * number * 2
        done = rounds(law, number, rng.choice([0.01, 0.02, 0.03]), each, rng)
        paid = tuple(Point(one.train_size * each, one.dev.f1, one.dev.low, one.dev.high) for one in done if one.dev)
        curve = fit(paid, seed=trial, draws=120)
        assert curve is not None
        need = curve.needed(law.at(ahead))
        seen += 1
        held += (need.low or math.inf) <= ahead * each <= (need.high or math.inf)
    assert held / seen >= 0.85, "0.92 over 400 curves"
    assert held < seen, "a band that is never wrong is too wide to say anything"


def test_too_few_figures_say_so() -> None:
    assert "and 2 there are" in dollars(0.8, rounds(number=2), priced()).why
    assert "and 0 there are" in dollars(0.8, (), priced()).why
    assert dollars(None, rounds(), priced()).why == "no dev F1 is asked for"
    assert "no label was bought" in dollars(0.8, rounds(), human_cost(0, 0)).why
    free = routes(dollars(0.8, rounds(each=0), priced()))["LLM only"]
    assert free.nanousd is None
    assert "cost nothing here" in free.why
    assert routes(dollars(0.999, rounds(spread=0.003), priced()))["LLM only"].why.startswith("out of reach")


def test_the_target_is_what_a_person_set_else_the_goal_of_the_run() -> None:
    assert target_of(("rounds=3", "f1=0.8"), priced()) == 0.8
    assert target_of(("f1=0.8",), priced({"forecast.f1": "0.9"})) == 0.9
    assert target_of(("f1=x", "f1=nan", "rounds=3"), priced()) is None


def test_the_forecast_in_words_and_as_json() -> None:
    found = dollars(0.8, rounds(), priced())
    lines = sentences(found)
    assert lines[0].startswith("dev F1 0.8, LLM only: ")
    assert "labels (" in lines[0]
    assert "mixed: nobody has reviewed" in lines[2]
    assert sentences(dollars(0.8, (), priced())) == [f"dev F1 0.8: {dollars(0.8, (), priced()).why}"]
    assert sentences(dollars(None, (), priced())) == []
    said = as_json(found)
    assert set(said) == {"f1", "why", "routes"}
    assert [one["name"] for one in said["routes"]] == ["LLM only", "people only", "mixed"]
    assert set(said["routes"][0]) == {
        *("name", "labels", "labels_low", "labels_high", "share", "cost_nanousd", "cost_nanousd_low"),
        *("cost_nanousd_high", "assumes", "why"),
    }
    assert all(isinstance(said["routes"][0][key], int) for key in ("labels", "cost_nanousd", "cost_nanousd_low"))
