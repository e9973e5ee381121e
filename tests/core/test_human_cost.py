"""What people would cost: by the word, by the item or by the hour, by whose figures, and beside what."""

from __future__ import annotations

import random
from itertools import product

import pytest

from llmaaa_tui.core.human_cost import NAMES, assumptions, checked, human_cost
from llmaaa_tui.core.human_inputs import PAID_BY, SECONDS, TARGET, WAGE, Timed, named, timed

MEASURED = Timed(10.0, 8.0, 15.0, 41)


def test_the_price_list_is_what_the_paper_paid() -> None:
    cost = human_cost(5000, 11_000_000_000)
    assert (cost.low_nanousd, cost.high_nanousd) == (11_000_000_000, 33_000_000_000)
    assert (cost.ratio_low, cost.ratio_high) == (1.0, 3.0)
    assert cost.basis == "$0.11 per 50 words (arXiv 2108.13487), 1 to 3 annotators"
    assert human_cost(5000, 0).ratio_low is None
    assert "42.45" not in cost.formula


def test_every_input_has_a_figure_with_ends_a_unit_and_a_source() -> None:
    for one in assumptions({}, MEASURED, MEASURED).inputs:
        assert one.source
        assert one.unit
        if one.name != "human.usd_per_hour":
            assert one.value is not None
            assert one.ends[0] <= one.value <= one.ends[1]
    unknown = {one.name for one in assumptions({}).inputs if one.value is None}
    assert unknown == {"human.usd_per_hour", "human.seconds_per_item", "human.review_seconds"}


def test_a_wage_counts_hours_of_sentences_not_words() -> None:
    assumed = assumptions({"human.usd_per_hour": "18", "human.seconds_per_item": "20", "human.annotators": "1 1 2"})
    cost = human_cost(10**9, 1_000_000_000, assumed=assumed, items=360)
    assert (cost.low_nanousd, cost.high_nanousd) == (36_000_000_000, 72_000_000_000), "2 hours at 18 USD"
    assert cost.basis == "$18.00 an hour (assumed here), 20.0 s a sentence (assumed here), 1 to 2 annotators"


def test_a_price_an_item_has_the_crowd_of_its_list() -> None:
    cost = human_cost(10**9, 1, assumed=assumptions({PAID_BY: "item"}, unit="pair", units="pairs"), items=1000)
    assert (cost.low_nanousd, cost.high_nanousd) == (36_000_000_000, 75_000_000_000), "3 of 0.012, 5 of 0.015"
    assert "a pair (SageMaker Ground Truth" in cost.basis
    own = assumptions({"human.usd_per_item": "0.4", "human.annotators": "1"})
    assert human_cost(0, 1, assumed=own, items=10).high_nanousd == 4_000_000_000, "a price that is set is the one used"


def test_measured_seconds_serve_until_somebody_assumes_others() -> None:
    assumed = assumptions({"human.usd_per_hour": "36"}, None, MEASURED)
    cost = human_cost(0, 0, assumed=assumed, items=100)
    assert (cost.low_nanousd, cost.high_nanousd) == (8_000_000_000, 45_000_000_000)
    assert "10.0 (8.0 to 15.0) s a sentence (the median of 41 reviewed here; from nothing takes longer)" in cost.basis
    own = assumptions({"human.usd_per_hour": "36", "human.seconds_per_item": "5"}, None, MEASURED)
    assert own["human.seconds_per_item"].ends == (5.0, 5.0)
    blind = assumptions({}, Timed(30.0, 20.0, 40.0, 5), MEASURED)
    assert blind["human.seconds_per_item"].value == 30.0, "labelled without an answer to see"
    assert blind["human.review_seconds"].value == 10.0
    assert assumptions({}, Timed(30.0, 20.0, 40.0, 4), MEASURED)["human.seconds_per_item"].value == 10.0


def test_a_wage_without_seconds_says_what_it_waits_for() -> None:
    assumed = assumptions({"human.usd_per_hour": "36"})
    assert human_cost(50, 0, assumed=assumed, items=100).low_nanousd == 110_000_000, "by the word meanwhile"
    assert "nobody has reviewed here, and none are assumed" in assumed.sentence
    assert "waits for a wage" in assumptions({PAID_BY: "hour"}, None, MEASURED).sentence


def test_gold_that_serves_several_roles_is_paid_once() -> None:
    roles = {"demonstration": 60, "meta": 60, "dev": 60}
    for paid_by in ("item", "hour"):
        assumed = assumptions({PAID_BY: paid_by, WAGE: "15", SECONDS: "10"})
        alike = human_cost(0, 10**9, assumed=assumed, items=60, gold=roles, gold_items=60)
        assert alike.part("gold").low == alike.low_nanousd
        assert "60 sentences: 60 demonstration, 60 meta, 60 dev" in alike.formula


def test_the_other_side_is_all_that_was_spent_with_gold_and_review() -> None:
    assumed = assumptions({"human.usd_per_hour": "36", PAID_BY: "words"}, None, MEASURED)
    cost = human_cost(
        5000, 500_000_000, assumed=assumed, items=400, gold={"demonstration": 20, "dev": 80}, gold_words=1000
    )
    gold, review = cost.part("gold"), cost.part("review")
    assert (gold.low, gold.high) == (2_200_000_000, 6_600_000_000), "at the rate of the people beside"
    assert (review.low, review.high) == (41 * 8 * 10_000_000, 41 * 15 * 10_000_000)
    assert cost.ratio_low == pytest.approx(11 / (0.5 + 2.2 + 6.15))
    assert cost.ratio_high == pytest.approx(33 / (0.5 + 6.6 + 3.28))
    assert (cost.alone_low, cost.alone_high) == (22.0, 66.0)
    assert cost.formula == (
        "ratio = people / (LLM + gold + review); people = 5,000 words / 50 * $0.11 * 1 to 3 annotators = $11.00 to"
        " $33.00; LLM = confirmed + unconfirmed: failures, retries, comparisons, probes, all = $0.500000;"
        " gold = 1,000 words / 50 * $0.11 * 1 to 3 annotators, 100 sentences: 20 demonstration, 80 dev (dev: people"
        " alone would need as well) = $2.20 to $6.60; review = 41 sentences * 10.0 (8.0 to 15.0) s / 3600 * $36.00"
        " = $3.28 to $6.15"
    )


def test_review_without_a_wage_is_said_and_not_counted() -> None:
    cost = human_cost(5000, 10**9, assumed=assumptions({}, None, MEASURED), items=400)
    assert cost.part("review").low is None
    assert "a wage, which is not known (not counted)" in cost.formula
    assert cost.ratio_low == 11.0
    assert "nobody has reviewed here" in human_cost(5000, 10**9, items=400).formula


def test_the_bounds_of_the_ratio_hold_every_figure_between_the_ends() -> None:
    rng = random.Random(5)
    for paid_by in ("words", "item", "hour"):
        ends = {
            "human.usd_per_50_words": (0.05, 0.3),
            "human.usd_per_item": (0.01, 0.4),
            "human.usd_per_hour": (5, 40),
            "human.seconds_per_item": (4, 60),
            "human.annotators": (1, 5),
            "human.review_seconds": (2, 20),
        }
        work = {"items": 400, "gold": {"dev": 80}, "gold_words": 1000}

        def cost(figures: dict[str, str], paid_by: str = paid_by, work: dict[str, object] = work):  # type: ignore[no-untyped-def]
            assumed = assumptions({PAID_BY: paid_by, **figures}, None, MEASURED)
            return human_cost(5000, 700_000_000, assumed=assumed, **work)  # type: ignore[arg-type]

        whole = cost({name: f"{low} {low} {high}" for name, (low, high) in ends.items()})
        seen = [
            cost({name: str(pair[end]) for (name, pair), end in zip(ends.items(), corner, strict=True)})
            for corner in product((0, 1), repeat=len(ends))
        ]
        assert whole.ratio_low == min(one.ratio_low for one in seen)
        assert whole.ratio_high == max(one.ratio_high for one in seen)
        for _ in range(30):
            drawn = {name: f"{rng.uniform(low, high):.6f}" for name, (low, high) in ends.items()}
            one = cost(drawn | {"human.annotators": str(rng.randint(1, 5))})
            assert whole.ratio_low <= one.ratio_low <= whole.ratio_high


def test_the_median_has_an_interval_that_holds_the_true_one() -> None:
    assert timed([]) is None
    assert timed([4.0]) == Timed(4.0, 4.0, 4.0, 1)
    assert timed([9.0, 1.0, 5.0, 3.0]) == Timed(4.0, 1.0, 9.0, 4)
    rng = random.Random(7)
    held = 0
    for _ in range(300):
        found = timed([rng.lognormvariate(2, 1) for _ in range(40)])
        assert found is not None
        held += found.low <= 7.389056 <= found.high
    assert 0.92 <= held / 300 < 1


def test_stored_figures_that_mean_nothing_stand_at_their_default() -> None:
    stored = {"human.usd_per_50_words": "free", "human.annotators": "0", "human.seconds_per_item": "", "x": "1"}
    assert assumptions(stored) == assumptions({})
    assert assumptions({"human.usd_per_50_words": "0.2"}).sentence.startswith("$0.20 per 50 words (assumed here)")


def test_the_two_ends_of_an_earlier_version_still_count() -> None:
    assert assumptions({"human.annotators_low": "2"})["human.annotators"].ends == (2, 3)
    assert assumptions({"human.annotators_low": "5"})["human.annotators"].ends == (3, 5), "low never lies above high"
    both = {"human.annotators_low": "2", "human.annotators_high": "4", "human.annotators": "1"}
    assert assumptions(both)["human.annotators"].ends == (1, 1), "the newer name is the newer figure"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["x", "-1", "nan", "1e99", "1;2", "1 2", "3 1 2"])
def test_nonsense_is_refused_in_one_sentence(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"^'") as refused:
        checked(name, text)
    assert "\n" not in str(refused.value)


def test_figures_are_stored_as_they_are_meant() -> None:
    assert [checked(name, "") for name in NAMES] == [""] * len(NAMES)
    assert checked("human.usd_per_hour", " $12.50 ") == "12.50"
    assert checked("human.usd_per_hour", "$12.50 $9  20") == "12.50 9 20"
    assert checked("human.annotators", "02") == "2"
    assert checked(TARGET, "0.85") == "0.85"
    for text in ("0", "100", "1.5", "²"):
        with pytest.raises(ValueError, match="number of people"):
            checked("human.annotators", text)
    with pytest.raises(ValueError, match="nothing that can be assumed"):
        checked("human.else", "1")
    assert [named(text) for text in ("f1", "usd_per_hour", "human.annotators")] == [
        TARGET, "human.usd_per_hour", "human.annotators",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="these can: paid_by, usd_per_50_words"):
        named("wage")
