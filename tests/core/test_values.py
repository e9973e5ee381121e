"""Money, seeds, human cost, labels, spans and answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmaaa_tui.core.annotation import GroundedSpan, ItemAnswer
from llmaaa_tui.core.document import Document, Span, from_words
from llmaaa_tui.core.human_cost import human_cost
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.money import format_usd, parse_usd
from llmaaa_tui.core.seeds import derive, generator
from llmaaa_tui.core.states import Failure, State


@pytest.mark.parametrize(
    ("text", "nanousd"),
    [
        ("2.00", 2_000_000_000),
        (" $0.1 ", 100_000_000),
        ("0", 0),
        ("0.0000000001", 1),
        ("1.00000000000000000000000000000000000000001", 1_000_000_001),
        ("1e-3", 1_000_000),
        ("1e9", 10**18),
    ],
)
def test_usd_is_read_exactly_and_rounded_up(text: str, nanousd: int) -> None:
    assert parse_usd(text) == nanousd


@pytest.mark.parametrize(
    "text", ["", "two", "-1", "nan", "sNaN", "inf", "1,50", "1e10", "1e999999", "1e99999999999999"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"USD|more than"):
        parse_usd(text)


@given(st.integers(0, 10**18))
def test_amounts_print_without_loss_and_never_as_less(nanousd: int) -> None:
    assert parse_usd(format_usd(nanousd, 9)) == nanousd
    for places in (2, 3, 6):
        shown = parse_usd(format_usd(nanousd, places))
        assert 0 <= shown - nanousd < 10 ** (9 - places)


def test_amounts_print_with_their_places() -> None:
    assert [format_usd(162_000_001), format_usd(0), format_usd(1, 2), format_usd(5 * 10**9, 2)] == [
        "0.163",
        "0.000",
        "0.01",
        "5.00",
    ]


def test_seeds_are_pinned() -> None:
    """A change here changes every selection of every project: it needs a reason and a line in the changelog."""
    assert derive(1, 1, "select") == 7452123724949327279
    assert derive(1, 2, "select") == 1709914801808526408
    assert derive(1, 1, "demonstrations", 17) == 8441379297890731339
    assert generator(7, 0, "split gold").randrange(10**6) == 574271


@given(st.integers(0, 2**63 - 1), st.integers(0, 100), st.text(max_size=8), st.integers(0, 10**6))
def test_every_choice_has_a_seed_of_its_own(seed: int, number: int, purpose: str, item: int) -> None:
    value = derive(seed, number, purpose, item)
    assert 0 <= value < 2**63
    assert value == derive(seed, number, purpose, item)
    assert value not in (derive(seed + 1, number, purpose, item), derive(seed, number + 1, purpose, item))
    assert value not in (derive(seed, number, purpose + "x", item), derive(seed, number, purpose, item + 1))


def test_people_are_paid_11_cents_for_50_words() -> None:
    cost = human_cost(5000, 11_000_000_000)
    assert (cost.low_nanousd, cost.high_nanousd) == (11_000_000_000, 33_000_000_000)
    assert (cost.ratio_low, cost.ratio_high) == (1.0, 3.0)
    nothing = human_cost(50, 0)
    assert (nothing.low_nanousd, nothing.ratio_low, nothing.ratio_high) == (110_000_000, None, None)


def test_labels_are_said_in_words() -> None:
    labels = LabelSet.of(("PER", "creative-work", "X_Y"), {"X_Y": "thing", "PER": ""})
    assert labels.verbalised == ("person", "creative work", "thing")
    assert labels.iob2 == ("O", "B-PER", "I-PER", "B-creative-work", "I-creative-work", "B-X_Y", "I-X_Y")


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2)])
def test_a_span_is_never_empty_or_reversed(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="0 <= start < end"):
        Span(start, end, "PER")


def test_an_answer_is_labelled_empty_or_failed_and_never_in_between() -> None:
    span = GroundedSpan(Span(0, 1, "PER"))
    ItemAnswer(State.LABELLED, (span,))
    ItemAnswer(State.EMPTY)
    ItemAnswer(State.FAILED, failure=Failure.REFUSAL)
    for state, spans, failure in (
        (State.LABELLED, (), None),
        (State.EMPTY, (span,), None),
        (State.FAILED, (), None),
        (State.FAILED, (span,), Failure.SCHEMA),
        (State.EMPTY, (), Failure.SCHEMA),
        (State.LABELLED, (span,), Failure.SCHEMA),
    ):
        with pytest.raises(ValueError, match=r"only a (failed|labelled) one"):
            ItemAnswer(state, spans, failure)


@given(st.lists(st.text(min_size=1, max_size=5), max_size=10))
def test_joined_words_are_found_at_their_offsets(words: list[str]) -> None:
    text, offsets = from_words(words)
    assert [text[start:end] for start, end in offsets] == words


def test_the_hash_of_a_document_is_of_its_text_alone() -> None:
    assert Document("a", name="x").sha256 == Document("a", ((0, 1),), line=3).sha256
    assert len(Document("\ud800").sha256) == 64
