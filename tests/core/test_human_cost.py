"""What people would cost: by the word or by the hour, by whose figures."""

from __future__ import annotations

import pytest

from llmaaa_tui.core.human_cost import NAMES, Assumptions, assumptions, checked, human_cost


def test_the_price_list_is_what_the_paper_paid() -> None:
    cost = human_cost(5000, 11_000_000_000)
    assert (cost.low_nanousd, cost.high_nanousd) == (11_000_000_000, 33_000_000_000)
    assert (cost.ratio_low, cost.ratio_high) == (1.0, 3.0)
    assert cost.basis == "$0.11 per 50 words (arXiv 2108.13487), 1 to 3 annotators"
    assert human_cost(5000, 0).ratio_low is None


def test_a_wage_counts_hours_of_sentences_not_words() -> None:
    assumed = assumptions({"human.usd_per_hour": "18", "human.seconds_per_item": "20", "human.annotators_high": "2"})
    cost = human_cost(10**9, 1_000_000_000, assumed=assumed, items=360)
    assert (cost.low_nanousd, cost.high_nanousd) == (36_000_000_000, 72_000_000_000), "2 hours at 18 USD"
    assert cost.basis == "$18.00 an hour (assumed here), 20.0 s a sentence (assumed here), 1 to 2 annotators"


def test_the_basis_names_the_items_of_its_task() -> None:
    wage = {"human.usd_per_hour": "18", "human.seconds_per_item": "20"}
    assert "20.0 s a pair (assumed here)" in assumptions(wage, unit="pair").sentence
    assert "the seconds a text takes" in assumptions({"human.usd_per_hour": "18"}, unit="text").sentence
    assert [name.format(unit="pair") for name in NAMES.values()][-1] == "seconds a pair"


def test_measured_seconds_serve_until_somebody_assumes_others() -> None:
    assumed = assumptions({"human.usd_per_hour": "36"}, 10.0, 41)
    assert human_cost(0, 0, assumed=assumed, items=100).low_nanousd == 10_000_000_000
    assert "10.0 s a sentence (the median measured here, n 41)" in assumed.sentence
    assert assumptions({"human.usd_per_hour": "36", "human.seconds_per_item": "5"}, 10.0, 41).seconds == 5.0


def test_a_wage_without_seconds_says_what_it_waits_for() -> None:
    assumed = assumptions({"human.usd_per_hour": "36"})
    assert human_cost(50, 0, assumed=assumed, items=100).low_nanousd == 110_000_000, "by the word meanwhile"
    assert "nobody has reviewed here, none are assumed" in assumed.sentence


def test_stored_figures_that_mean_nothing_stand_at_their_default() -> None:
    stored = {"human.usd_per_50_words": "free", "human.annotators_low": "0", "human.seconds_per_item": "", "x": "1"}
    assert assumptions(stored) == Assumptions()
    swapped = assumptions({"human.annotators_low": "5"})
    assert (swapped.annotators_low, swapped.annotators_high) == (3, 5), "low never lies above high"
    assert assumptions({"human.usd_per_50_words": "0.2"}).sentence.startswith("$0.20 per 50 words (assumed here)")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["x", "-1", "nan", "1e99", "1;2"])
def test_nonsense_is_refused_in_one_sentence(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"^'") as refused:
        checked(name, text)
    assert "\n" not in str(refused.value)


def test_figures_are_stored_as_they_are_meant() -> None:
    assert [checked(name, "") for name in NAMES] == [""] * len(NAMES)
    assert checked("human.usd_per_hour", " $12.50 ") == "12.50"
    assert checked("human.annotators_low", "02") == "2"
    for text in ("0", "100", "1.5", "²"):
        with pytest.raises(ValueError, match="number of people"):
            checked("human.annotators_low", text)
    with pytest.raises(ValueError, match="nothing that can be assumed"):
        checked("human.else", "1")
