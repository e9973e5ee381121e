"""Recorded [word, tag] answers: as the program's own reader takes them, and as the papers count them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmaaa_tui.annotators.recorded_tags import RecordedTags
from llmaaa_tui.core.document import Document, from_words
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.recorded import ReadAnswer

DOCUMENT = Document(*from_words(["Ada", "Novak", "left"]))
READER = RecordedTags(LabelSet.of(("PER", "LOC")))


def read(raw: Any) -> ReadAnswer:
    (found,) = READER.read(DOCUMENT, [raw])
    return found


@pytest.mark.parametrize(
    ("raw", "failure", "tags", "said"),
    [
        # Fine for everybody.
        ([["Ada", "B-PER"], ["Novak", "I-PER"], ["left", "O"]], None, "B-PER I-PER O", "B-PER I-PER O"),
        ([["Ada", "O"], ["Novak", "O"], ["left", "O"]], None, "O O O", "O O O"),
        # What the papers take and the program does not.
        ([["Ada", "O"], ["Novak", "I-PER"], ["left", "O"]], "invalid_bio", "O I-PER O", "O I-PER O"),
        ([["Ada", "B-CAT"], ["Novak", "O"], ["left", "O"]], "unknown_label", "O O O", "B-CAT O O"),
        ([["Eve", "B-PER"], ["Novak", "O"], ["left", "O"]], "words_altered", "B-PER O O", "B-PER O O"),
        # What nobody takes; the notebooks still look at second elements, even of a word.
        ([["Ada", "B-PER"], ["Novak", "I-PER"]], "length_differs", None, "B-PER I-PER"),
        ([["Ada", "B-PER"], ["Novak"], ["left", "O"]], "schema", None, "B-PER None O"),
        ([["Ada", "B-PER"], "Novak", ["left", "O", 1]], "schema", None, "B-PER o O"),
        ([["Ada", "B-PER"], None, ["left", 3]], "schema", None, "B-PER None None"),
        ([], "length_differs", None, ""),
    ],
)
def test_one_answer_in_three_readings(raw: Any, failure: str | None, tags: str | None, said: str) -> None:
    found = read(raw)
    assert found.answer.failure == failure
    assert found.tags == (None if tags is None else tuple(tags.split()))
    assert found.said == tuple(None if tag == "None" else tag for tag in said.split())
    assert found.altered == (failure == "words_altered")


@pytest.mark.parametrize("raw", ["no names here", None, 7, {"tags": []}, True])
def test_what_is_no_list_fails_and_says_nothing(raw: Any) -> None:
    found = read(raw)
    assert found.answer.failure is not None
    assert (found.tags, found.said) == (None, ())


def test_repeats_keep_their_order_and_labels_their_spellings() -> None:
    right = [["Ada", "B-person"], ["Novak", "I-per"], ["left", "O"]]
    found = READER.read(DOCUMENT, [right, [], right])
    assert [one.tags for one in found] == [("B-PER", "I-PER", "O"), None, ("B-PER", "I-PER", "O")]
    assert [span.span.label for span in found[2].answer.spans] == ["PER"]


scalars = (
    st.none() | st.booleans() | st.integers() | st.sampled_from(["Ada", "Novak", "left", "O", "B-PER", "I-PER", ""])
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("1"), inner))


@given(values | st.lists(st.tuples(st.sampled_from(["Ada", "x"]), scalars).map(list), min_size=3, max_size=3))
def test_nothing_that_was_ever_answered_stops_the_reading(raw: Any) -> None:
    found = read(raw)
    if found.answer.failure is None:
        assert found.tags is not None, "what the program takes is usable to the papers too"
        assert not found.altered
    if found.tags is not None:
        assert len(found.tags) == len(found.said) == 3
