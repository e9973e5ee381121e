"""Labels of whole items: names are found however they are spelt, and nothing that cannot be used is "none of these"."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmaaa_tui.annotators.formats import schema_of
from llmaaa_tui.annotators.ground import view_of
from llmaaa_tui.annotators.suspicion import UNKNOWN_LABELS
from llmaaa_tui.annotators.tasks import answer_format
from llmaaa_tui.core.annotation import ItemAnswer
from llmaaa_tui.core.document import NOTHING, Document, Labels, Pair
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Failure, State

RELATIONS = LabelSet.of(
    ("Cause-Effect(e1,e2)", "Cause-Effect(e2,e1)", "Member-Collection(e1,e2)", "Other"),
    {"Cause-Effect(e1,e2)": "{e1} causes {e2}", "Cause-Effect(e2,e1)": "{e2} causes {e1}"},
    negative="Other",
)
TOPICS = LabelSet.of(("sport", "world_politics", "健康"), {"健康": "卫生"}, negative=None)
DOCUMENT = Document("Burns cause scars .", pair=Pair((0, 5), (12, 17)))


def choose(value: Any, labels: LabelSet = RELATIONS) -> ItemAnswer:
    return answer_format("relation", "choice", labels).read(value, view_of(DOCUMENT), ())


def choose_all(value: Any, labels: LabelSet = TOPICS) -> ItemAnswer:
    return answer_format("multilabel", "choices", labels).read(value, view_of(DOCUMENT), ())


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("Cause-Effect(e1,e2)", "Cause-Effect(e1,e2)"),
        (" cause_effect (E2, E1)", "Cause-Effect(e2,e1)"),
        ("Cause–Effect(e2,e1)", "Cause-Effect(e2,e1)"),
        ("{e2} causes {e1}", "Cause-Effect(e2,e1)"),
        ("e1 causes e2", "Cause-Effect(e1,e2)"),
        ("OTHER", "Other"),
        (["Other"], "Other"),
        ({"label": "Other", "why": "nothing fits"}, "Other"),
    ],
)
def test_a_label_is_found_by_its_name_then_by_its_words(said: Any, label: str) -> None:
    answer = choose(said)
    assert answer.state is State.LABELLED
    assert answer.labels == Labels(classes=(label,))
    assert bool(answer.detail) == (not isinstance(said, str))


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        ("Cause-Effect", Failure.UNKNOWN_LABEL),
        ("no relation", Failure.UNKNOWN_LABEL),
        ("Other, for nothing is said of it", Failure.UNKNOWN_LABEL),
        ("", Failure.UNKNOWN_LABEL),
        (["Other", "Cause-Effect(e1,e2)"], Failure.SCHEMA),
        ([], Failure.SCHEMA),
        ({}, Failure.SCHEMA),
        ({"label": None}, Failure.SCHEMA),
        (None, Failure.SCHEMA),
        (3, Failure.SCHEMA),
        (False, Failure.SCHEMA),
    ],
)
def test_what_names_no_label_failed_and_is_not_the_negative_one(said: Any, failure: Failure) -> None:
    answer = choose(said)
    assert (answer.state, answer.failure, answer.classes) == (State.FAILED, failure, ())
    assert answer.detail


def test_a_spelling_that_could_be_two_labels_is_none() -> None:
    labels = LabelSet.of(("work-for", "Work For", "other"), {"work-for": "job", "Work For": "job"})
    assert choose("Work For", labels).labels.classes == ("Work For",)
    assert choose("work-for", labels).labels.classes == ("work-for",)
    assert choose("WORK_FOR", labels).failure is Failure.UNKNOWN_LABEL
    assert choose("job", labels).failure is Failure.UNKNOWN_LABEL


def test_a_label_of_signs_alone_is_meant_by_that_sign_alone() -> None:
    labels = LabelSet.of(("-", "+"))
    assert choose("-", labels).labels.classes == ("-",)
    assert choose("+", labels).labels.classes == ("+",)
    for said in ("", "_", "–"):
        assert choose(said, labels).failure is Failure.UNKNOWN_LABEL


@pytest.mark.parametrize(
    ("said", "classes"),
    [
        (["sport"], ("sport",)),
        (["World Politics", "SPORT", "sport"], ("sport", "world_politics")),
        (["卫生"], ("健康",)),
        ("sport", ("sport",)),
        ({"labels": ["健康"]}, ("健康",)),
        ([], ()),
    ],
)
def test_several_labels_are_each_once_and_in_the_order_of_the_set(said: Any, classes: tuple[str, ...]) -> None:
    answer = choose_all(said)
    assert answer.state is (State.LABELLED if classes else State.EMPTY)
    assert answer.labels.classes == classes


def test_a_label_that_does_not_exist_is_dropped_and_flagged_but_alone_it_fails() -> None:
    answer = choose_all(["sport", "weather", 7])
    assert (answer.state, answer.labels.classes, answer.flags) == (State.LABELLED, ("sport",), (UNKNOWN_LABELS,))
    assert answer.detail == "dropped 2 of 3: 1 not a name, 1 unknown label 'weather'"
    for said, failure in ((["weather"], Failure.UNKNOWN_LABEL), ([7], Failure.SCHEMA), ("none", Failure.UNKNOWN_LABEL)):
        assert (choose_all(said).state, choose_all(said).failure) == (State.FAILED, failure)


def test_the_negative_label_of_several_says_that_nothing_fits() -> None:
    labels = LabelSet.of(("sport", "none"), negative="none")
    assert choose_all(["none"], labels).state is State.EMPTY
    assert choose_all(["none", "sport"], labels).labels.classes == ("sport",)
    assert choose_all(["none", "weather"], labels).failure is Failure.UNKNOWN_LABEL


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["sport", "Other", "", "[]", "none"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["label", "labels", "1"]), inner),
    max_leaves=6,
)


@given(JSON)
def test_nothing_malformed_is_empty_and_one_label_never_is(value: Any) -> None:
    one, several = choose(value), choose_all(value)
    assert one.state is not State.EMPTY
    assert len(one.classes) == (one.state is State.LABELLED)
    if several.state is State.EMPTY:
        assert value in ([], {"labels": []}) or value["labels"] == []


def test_what_is_shown_is_read_back() -> None:
    one, several = answer_format("relation", "", RELATIONS), answer_format("multilabel", "", TOPICS)
    for name in RELATIONS.names:
        gold = Labels(classes=(name,))
        assert one.read(one.show(view_of(DOCUMENT), gold), view_of(DOCUMENT), ()).labels == gold
    for gold in (NOTHING, Labels(classes=("sport", "健康"))):
        assert several.read(several.show(view_of(DOCUMENT), gold), view_of(DOCUMENT), ()).labels == gold


def test_the_schema_allows_the_names_alone_where_they_are_few() -> None:
    schema = schema_of(answer_format("relation", "choice", RELATIONS), 2)
    assert schema["properties"]["2"] == {"type": "string", "enum": list(RELATIONS.names)}
    many = LabelSet.of(tuple(f"label {number}" for number in range(60)))
    assert schema_of(answer_format("multilabel", "choices", many), 1)["properties"]["1"] == {
        "type": "array",
        "items": {"type": "string"},
    }


def test_the_longest_answer_has_room() -> None:
    for task, labels in (("relation", RELATIONS), ("multilabel", TOPICS)):
        form = answer_format(task, "", labels)
        said = form.show(view_of(DOCUMENT), Labels(classes=labels.names[:1] if task == "relation" else labels.names))
        assert form.output_tokens(view_of(DOCUMENT)) >= len(json.dumps(said, ensure_ascii=False).encode())
