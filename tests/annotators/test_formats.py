"""Answer formats: what is said in the right form is found, the rest has its class, and nothing malformed is empty."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmaaa_tui.annotators.formats import numbered, schema_of
from llmaaa_tui.annotators.formats_numbered import read_cut_off, read_lines
from llmaaa_tui.annotators.formats_readers import reader_for, reader_name
from llmaaa_tui.annotators.ground import view_of
from llmaaa_tui.annotators.loose_json import loads
from llmaaa_tui.annotators.suspicion import UNGROUNDED_WORDS
from llmaaa_tui.annotators.tasks import answer_format, of
from llmaaa_tui.core.annotation import ItemAnswer
from llmaaa_tui.core.document import Document, Labels, Span, from_words
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Failure, State
from llmaaa_tui.core.tokens import to_spans, to_tags, word_offsets
from llmaaa_tui.errors import SettingsError

FORMS = sorted(of("ner").forms)
LABELS = LabelSet.of(("PER", "LOC"), {"LOC": "place name"})
WORDS = ["Rais", "Samia", "alifika", "Dodoma", "na", "Samia"]
TEXT, OFFSETS = from_words(WORDS)
DOCUMENT = Document(TEXT, OFFSETS)
FIRST, SECOND, CITY = Span(5, 10, "PER"), Span(29, 34, "PER"), Span(19, 25, "LOC")


def read(setting: str, value: Any, document: Document = DOCUMENT) -> ItemAnswer:
    return answer_format("ner", setting, LABELS).read(value, view_of(document), ())


def spans(answer: ItemAnswer) -> list[Span]:
    return [found.span for found in answer.spans]


# ---- compact


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (["PER: Samia", "LOC: Dodoma"], [FIRST, CITY]),
        (["PER 2: Samia", "LOC: Dodoma"], [CITY, SECOND]),
        (["PER: Samia", "PER 2: Samia"], [FIRST, SECOND]),
        (["PER: Samia", "PER: Samia"], [FIRST, SECOND]),
        (["per: Samia", "place_name: Dodoma"], [FIRST, CITY]),
        (["person (PER): Samia", "LOC (place name): Dodoma"], [FIRST, CITY]),
        (["PER #2:Samia", "loc ：Dodoma"], [CITY, SECOND]),
        ([{"text": "Samia", "type": "Person", "occurrence": 2}, "LOC: Dodoma"], [CITY, SECOND]),
        ({"entities": [{"text": "Dodoma", "type": "LOC", "occurrence": 1}]}, [CITY]),
    ],
)
def test_compact_answers_are_understood(value: Any, found: list[Span]) -> None:
    answer = read("spans", value)
    assert (answer.state, spans(answer), answer.flags) == (State.LABELLED, found, ())
    assert not any(one.flags for one in answer.spans)


def test_compact_words_and_labels_may_hold_colons() -> None:
    document = Document("She saw CSI: Miami at 9: 30 .")
    answer = answer_format("ner", "spans", LabelSet.of(("work: title", "TIME"))).read(
        ["work: title: CSI: Miami", "TIME: 9: 30"], view_of(document), ()
    )
    assert [document.text[one.start : one.end] for one in spans(answer)] == ["CSI: Miami", "9: 30"]


@pytest.mark.parametrize(
    ("value", "failure"),
    [
        (["LOC: Paris"], Failure.UNGROUNDED),
        (["CITY: Dodoma"], Failure.UNKNOWN_LABEL),
        (["Dodoma"], Failure.SCHEMA),
        (["PER:", "PER: "], Failure.SCHEMA),
        ([": Samia"], Failure.SCHEMA),
        ([None], Failure.SCHEMA),
        ([["PER", "Samia"]], Failure.SCHEMA),
        ([{"text": "Samia"}], Failure.SCHEMA),
        ({}, Failure.SCHEMA),
        ({"PER": []}, Failure.SCHEMA),
        ({"entities": None}, Failure.SCHEMA),
        (loads('{"entities":[],"entities":["PER: Samia"]}', repeats=True)[0], Failure.SCHEMA),
        (loads('[{"text":"Samia","type":"PER","type":"LOC"}]', repeats=True)[0], Failure.SCHEMA),
        ("none", Failure.SCHEMA),
        ("", Failure.SCHEMA),
        (None, Failure.SCHEMA),
        (0, Failure.SCHEMA),
    ],
)
def test_compact_answers_that_cannot_be_used_have_a_class(value: Any, failure: Failure) -> None:
    answer = read("spans", value)
    assert answer.failure is failure
    assert answer.detail


def test_what_is_dropped_is_counted_and_invented_words_are_flagged() -> None:
    answer = read("spans", ["PER: Samia", "LOC: Paris", "CITY: Dodoma", "Dodoma"])
    assert spans(answer) == [FIRST]
    assert answer.detail == "dropped 3 of 4: 1 not an entity object, 1 not found in the text, 1 unknown label 'CITY'"
    assert answer.flags == (UNGROUNDED_WORDS,)
    assert read("spans", ["LOC: Paris"]).flags == (UNGROUNDED_WORDS,)
    assert read("spans", ["CITY: Dodoma"]).flags == ()


# ---- inline

MARKED = "Rais <PER>Samia</PER> alifika <LOC>Dodoma</LOC> na <PER>Samia</PER>"


@pytest.mark.parametrize(
    ("value", "found", "rung"),
    [
        (MARKED, [FIRST, CITY, SECOND], 1),
        (MARKED.replace("PER", "person").replace("LOC>", "place name>"), [FIRST, CITY, SECOND], 1),
        (f"  {MARKED}\n", [FIRST, CITY, SECOND], 1),
        (MARKED.replace(" alifika", "  alifika"), [FIRST, CITY, SECOND], 3),
        (MARKED.replace("Dodoma", "DODOMA"), [FIRST, CITY, SECOND], 4),
        ("Rais <PER>Samia alifika</PER> Dodoma na Samia", [Span(5, 18, "PER")], 1),
        ("Rais <PER> Samia </PER>alifika Dodoma na Samia", [FIRST], 3),
    ],
)
def test_inline_answers_are_aligned(value: str, found: list[Span], rung: int) -> None:
    answer = read("inline", value)
    assert spans(answer) == found
    assert {one.rung for one in answer.spans} == {rung}


def test_inline_text_without_tags_is_empty_only_when_it_is_the_text() -> None:
    assert read("inline", TEXT).state is State.EMPTY
    assert read("inline", TEXT[:-1]).failure is Failure.ALTERED


@pytest.mark.parametrize(
    ("value", "failure"),
    [
        ("Rais <PER>Samia</PER>", Failure.ALTERED),
        (MARKED.replace("alifika", "aliwasili"), Failure.ALTERED),
        (MARKED + " <LOC>Paris</LOC>", Failure.ALTERED),
        ("", Failure.ALTERED),
        ("Rais <PER>Samia alifika Dodoma na Samia", Failure.SCHEMA),
        ("Rais Samia</PER> alifika Dodoma na Samia", Failure.SCHEMA),
        ("Rais <PER>Samia</LOC> alifika Dodoma na Samia", Failure.SCHEMA),
        ("Rais Samia alifika <CITY>Dodoma</CITY> na Samia", Failure.UNKNOWN_LABEL),
        ("Rais <PER></PER>Samia alifika Dodoma na Samia", Failure.UNGROUNDED),
        ([MARKED], Failure.SCHEMA),
        (None, Failure.SCHEMA),
    ],
)
def test_inline_answers_that_cannot_be_used_have_a_class(value: Any, failure: Failure) -> None:
    assert read("inline", value).failure is failure


def test_an_answer_that_rewrites_the_text_is_flagged() -> None:
    assert read("inline", MARKED.replace("alifika", "aliwasili")).flags == (UNGROUNDED_WORDS,)
    assert read("token_tags", pairs(at2=["aliwasili", "O"])).flags == (UNGROUNDED_WORDS,)


CAMPUS, CAPE = Span(0, 23, "ORG"), Span(14, 23, "LOC")
UNIVERSITY = Document("University of Cape Town beats Cape Town")


def test_nested_mentions_are_kept_where_they_were_asked_for() -> None:
    said = ["ORG: University of Cape Town", "LOC: Cape Town", "LOC 2: Cape Town"]
    labels = LabelSet.of(("ORG", "LOC"))
    nested, flat = (
        answer_format("ner", form, labels).read(said, view_of(UNIVERSITY), ()) for form in ("nested", "spans")
    )
    assert sorted(spans(nested)) == [CAMPUS, CAPE, Span(30, 39, "LOC")]
    assert (nested.detail, [one.flags for one in nested.spans]) == ("", [()] * 3)
    assert sorted(spans(flat)) == [CAMPUS, Span(30, 39, "LOC")]
    alone = answer_format("ner", "nested", labels).read([said[0], said[2]], view_of(UNIVERSITY), ())
    assert sorted(spans(alone)) == [CAMPUS, Span(30, 39, "LOC")]


@given(st.data())
def test_spans_that_nest_and_cross_are_shown_and_read_back(data: st.DataObject) -> None:
    text, words = from_words(data.draw(st.lists(st.sampled_from(["Ali", "wa", "Dodoma"]), min_size=1, max_size=7)))
    place = st.integers(0, len(words) - 1)
    ranges = data.draw(st.sets(st.tuples(place, place).map(lambda one: (min(one), max(one))), max_size=6))
    gold = [Span(words[a][0], words[b][1], data.draw(st.sampled_from(["PER", "LOC"]))) for a, b in sorted(ranges)]
    form, view = answer_format("ner", "nested", LABELS), view_of(Document(text))
    answer = form.read(form.show(view, Labels(tuple(gold))), view, ())
    assert sorted(spans(answer)) == sorted(gold)


def test_inline_nested_marks_leave_the_longest() -> None:
    answer = read("inline", "<PER>Rais <PER>Samia</PER></PER> alifika Dodoma na Samia")
    assert spans(answer) == [Span(0, 10, "PER")]
    assert answer.detail == "dropped 1 of 2: 1 overlaps a longer entity of the answer"


def test_inline_marks_of_the_text_itself_are_text() -> None:
    document = Document("See <PER> and Dodoma")
    answer = read("inline", "See <PER> and <LOC>Dodoma</LOC>", document)
    assert spans(answer) == [Span(14, 20, "LOC")]


# ---- token_tags

PAIRS = [["Rais", "O"], ["Samia", "B-PER"], ["alifika", "O"], ["Dodoma", "B-LOC"], ["na", "O"], ["Samia", "B-PER"]]


def pairs(**changes: Any) -> list[Any]:
    return [changes.get(f"at{index}", pair) for index, pair in enumerate(PAIRS)]


def test_token_tags_are_read() -> None:
    assert spans(read("token_tags", PAIRS)) == [FIRST, CITY, SECOND]
    answer = read("token_tags", pairs(at1=["SAMIA", "B-person"]))
    assert [(one.span, one.rung) for one in answer.spans] == [(FIRST, 4), (CITY, 1), (SECOND, 1)]
    [one, _, _] = read("token_tags", pairs(at1=["SAMIA", "B-PER"], at2=["alifika", "I-PER"])).spans
    assert (one.span, one.rung) == (Span(5, 18, "PER"), 4)
    assert read("token_tags", [[word, "O"] for word in WORDS]).state is State.EMPTY


def test_a_year_may_be_a_number() -> None:
    document = Document(*from_words(["mwaka", "2019"]))
    assert spans(read("token_tags", [["mwaka", "O"], [2019, "B-PER"]], document)) == [Span(6, 10, "PER")]
    assert read("token_tags", [["mwaka", "O"], [2018, "B-PER"]], document).failure is Failure.ALTERED


@pytest.mark.parametrize(
    ("value", "failure"),
    [
        ([], Failure.LENGTH),
        (PAIRS[:-1], Failure.LENGTH),
        ([*PAIRS, [".", "O"]], Failure.LENGTH),
        (pairs(at2=["aliwasili", "O"]), Failure.ALTERED),
        (pairs(at2=["alifika", "B-CITY"]), Failure.UNKNOWN_LABEL),
        (pairs(at2=["alifika", "PER"]), Failure.UNKNOWN_LABEL),
        (pairs(at3=["Dodoma", "S-LOC"]), Failure.UNKNOWN_LABEL),
        (pairs(at2=["alifika", ""]), Failure.UNKNOWN_LABEL),
        (pairs(at3=["Dodoma", "I-LOC"]), Failure.INVALID_BIO),
        (pairs(at2=["alifika", "I-LOC"]), Failure.INVALID_BIO),
        (pairs(at2=["alifika", "O", "O"]), Failure.SCHEMA),
        (pairs(at2=["alifika"]), Failure.SCHEMA),
        (pairs(at2="alifika O"), Failure.SCHEMA),
        (pairs(at2=["alifika", None]), Failure.SCHEMA),
        (pairs(at2=[True, "O"]), Failure.SCHEMA),
        ({"Rais": "O"}, Failure.SCHEMA),
        (None, Failure.SCHEMA),
    ],
)
def test_token_tags_that_cannot_be_used_have_a_class(value: Any, failure: Failure) -> None:
    answer = read("token_tags", value)
    assert answer.failure is failure
    assert answer.detail


# ---- all forms

PIECES = [
    "Ali",
    "İstanbul",
    "e\u0301tude",
    "北京",
    "O'Neil",
    "a:b",
    '"x"',
    "<b>",
    "\u200b",
    "12",
    "العَرَبِيَّة",
    "\U000e0041",
]


@given(st.sampled_from(FORMS), st.lists(st.sampled_from(PIECES), min_size=1, max_size=9), st.data())
def test_what_is_shown_is_read_back(setting: str, pieces: list[str], data: st.DataObject) -> None:
    text = " ".join(pieces)
    words = word_offsets(text)
    tags = data.draw(
        st.lists(st.sampled_from(["O", "B-PER", "I-PER", "B-LOC"]), min_size=len(words), max_size=len(words))
    )
    document = Document(text, words if setting == "token_tags" else None)
    view = view_of(document)
    # A span of invisible characters alone cannot be shown; spans begin and end at words that can.
    gold = to_spans(to_tags(to_spans(tags, words), view.origin), view.origin) if view.origin else ()
    form = answer_format("ner", setting, LABELS)
    value = json.loads(json.dumps(form.show(view, Labels(spans=tuple(gold)))))
    answer = form.read(value, view, ())
    assert answer.state is (State.LABELLED if gold else State.EMPTY)
    assert sorted(spans(answer)) == sorted(gold)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["PER: Samia", TEXT, "O", "Rais"]),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.sampled_from(["1", "entities", "text", "type"]), inner, max_size=3)
    ),
    max_leaves=14,
)


@given(st.sampled_from(FORMS), JSON)
def test_nothing_malformed_is_empty(setting: str, value: Any) -> None:
    if read(setting, value).state is State.EMPTY:
        said = value["entities"] if isinstance(value, dict) else value
        assert said == ([] if setting in ("spans", "nested") else TEXT)


def test_invisible_characters_are_not_shown_and_offsets_are_of_the_original() -> None:
    document = Document("Mji wa Do\u200bdo\u00adma\u202e, Samia\U000e0041 .")
    view = view_of(document)
    assert view.text == "Mji wa Dodoma, Samia ."
    answer = read("spans", ["LOC: Dodoma", "PER: Samia"], document)
    assert [document.text[one.start : one.end] for one in spans(answer)] == ["Do\u200bdo\u00adma", "Samia"]
    assert all((one.rung, one.flags) == (1, ()) for one in answer.spans)


def test_the_schema_is_strict_and_has_a_key_a_text() -> None:
    schema = schema_of(answer_format("ner", "spans", LABELS), 3)
    assert list(schema["properties"]) == schema["required"] == ["1", "2", "3"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["2"] == {"type": "array", "items": {"type": "string"}}


def test_texts_shown_alike_share_a_line() -> None:
    form = answer_format("ner", "spans", LABELS)
    documents = [DOCUMENT, Document("Hakuna"), Document(TEXT), Document("Ha\u200bkuna")]
    assert numbered(form, documents)[0] == [1, 2, 1, 2]
    tokens = answer_format("ner", "token_tags", LABELS)
    assert numbered(tokens, [Document("a-b"), Document("a-b", ((0, 1), (1, 2), (2, 3)))])[0] == [1, 2]


# ---- the object around them


@pytest.mark.parametrize(
    ("text", "values", "failures"),
    [
        ('{"1":[],"2":["x"]}', {1: [], 2: ["x"]}, {}),
        ('{"item 1":[],"2.":["x"]}', {1: [], 2: ["x"]}, {}),
        ('{"#1":[],"text_02":["x"]}', {1: [], 2: ["x"]}, {}),
        ('{"2":[]}', {2: []}, {1: Failure.MISSING}),
        ('{"1":[],"1":["x"],"2":[]}', {2: []}, {1: Failure.SCHEMA}),
        ('{"1":[],"1.":["x"],"2":[]}', {2: []}, {1: Failure.SCHEMA}),
        ('{"1":["x"],"1":["x"],"2":[]}', {1: ["x"], 2: []}, {}),
        ('{"entities":[]}', {}, {1: Failure.SCHEMA, 2: Failure.SCHEMA}),
        ('{"12":[]}', {}, {1: Failure.SCHEMA, 2: Failure.SCHEMA}),
        ("[[],[]]", {}, {1: Failure.SCHEMA, 2: Failure.SCHEMA}),
        ("{}", {}, {1: Failure.SCHEMA, 2: Failure.SCHEMA}),
        ("none", {}, {1: Failure.NOT_JSON, 2: Failure.NOT_JSON}),
        ('{"1":[],"2":["x"', {}, {1: Failure.NOT_JSON, 2: Failure.NOT_JSON}),
    ],
)
def test_every_text_has_a_value_or_a_failure(text: str, values: Any, failures: dict[int, Failure]) -> None:
    found = read_lines(text, 2)
    assert found.values == values
    assert {line: failure for line, (failure, _) in found.failures.items()} == failures


def test_unknown_numbers_are_counted_and_the_others_count() -> None:
    found = read_lines('{"1":[],"2":[],"7":["x"],"note":1}', 2)
    assert found.values == {1: [], 2: []}
    assert found.notes == ("2 unknown text numbers: '7', 'note'",)


@pytest.mark.parametrize("text", ['["x"]', '{"entities":["x"]}', '```json\n["x"]\n```'])
def test_a_single_text_needs_no_number(text: str) -> None:
    value = read_lines(text, 1).values[1]
    assert value in (["x"], {"entities": ["x"]})


WHOLE = '{"1":["PER: A]"],"2":[],"3":["LOC: B\\"","PER: C"],"4":[]}'


@given(st.integers(0, len(WHOLE)))
def test_a_cut_off_answer_keeps_what_it_holds_in_full(length: int) -> None:
    found = read_cut_off(WHOLE[:length], 4, "cut off")
    whole = read_lines(WHOLE, 4).values
    for line, value in found.values.items():
        assert value == whole[line]
        assert f'"{line}":{json.dumps(value, separators=(",", ":"))}' in WHOLE[:length]
    assert {failure for failure, _ in found.failures.values()} <= {Failure.CUT_OFF}
    assert found.values.keys() | found.failures.keys() == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('```json\n{"1": ["x"],\n "2": ["y', [1]),
        ('{"1":["x"],"1":["y"],"2":[],"3"', [2]),
        ('{"1":["x"],"item 1":[],"2":[],"3"', [2]),
        ('Sure: {"1":[],"2":', []),
        ('<think>maybe {"1":[],', []),
        ("[[],[", []),
        ('{"9":[],"1":17,"2":[]', []),
        ("", []),
    ],
)
def test_only_what_is_safe_is_kept_of_a_cut_off_answer(text: str, kept: Sequence[int]) -> None:
    assert sorted(read_cut_off(text, 2, "cut off").values) == list(kept)


# ---- who reads again


def test_every_form_has_a_reader_for_ever() -> None:
    assert {reader_name("ner", answer_format("ner", setting, LABELS)) for setting in FORMS} == {
        "ner/compact.v2",
        "ner/inline.v2",
        "ner/token_tags.v2",
        "ner/nested.v2",
    }
    parsers = {reader_for(name, LABELS).parser for name in ("ner/compact.v2", "ner/inline.v2", "ner/token_tags.v2", "")}
    assert len(parsers) == 4
    assert reader_for("", LABELS).parser == reader_for("ner/spans.v1", LABELS).parser


def test_an_unknown_reader_or_format_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"ner/compact\.v9"):
        reader_for("ner/compact.v9", LABELS)
    with pytest.raises(SettingsError, match="spans, inline, token_tags"):
        answer_format("ner", "xml", LABELS)
