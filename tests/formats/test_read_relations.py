"""Every accepted form of a file of relations, read from disk, and what is said of the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmaaa_tui.core.document import Labels, Pair
from llmaaa_tui.errors import InputError
from llmaaa_tui.formats.relation_rows import SINGLE, TWICE
from llmaaa_tui.formats.tasks import TaskFile, of

Read = Callable[..., TaskFile]
WORDS = ["Ada", "Lem", "founded", "Acme", "in", "Oslo"]
TEXT = "Ada Lem founded Acme in Oslo"
PAIR = Pair((0, 7), (16, 20), "PER", "ORG")
TACRED = {
    "id": "e1",
    "docid": "d7",
    "relation": "org:founded_by",
    "token": WORDS,
    "subj_start": 0,
    "subj_end": 1,
    "obj_start": 3,
    "obj_end": 3,
    "subj_type": "PER",
    "obj_type": "ORG",
}
SPANS = [
    {"id": 4, "start": 0, "end": 7, "label": "PER"},
    {"id": 9, "start": 16, "end": 20, "label": "ORG"},
    {"id": 2, "start": 24, "end": 28, "label": "LOC"},
]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write text, a list or objects (one a line) under a name and read the file."""

    def read_content(*content: Any, name: str = "file.jsonl", negative: str = "") -> TaskFile:
        path = tmp_path / name
        if len(content) == 1 and isinstance(content[0], str):
            path.write_text(content[0], encoding="utf-8")
        elif len(content) == 1 and isinstance(content[0], list):
            path.write_text(json.dumps(content[0], indent=1), encoding="utf-8")
        else:
            path.write_text("\n".join(json.dumps(one) for one in content), encoding="utf-8")
        return of("relation").read(path, negative)

    return read_content


def classes(found: TaskFile) -> list[tuple[str, ...] | None]:
    return [None if record.gold is None else record.gold.classes for record in found.records]


def said(found: TaskFile) -> list[tuple[str, str, str]]:
    """Head, tail and label of every record, as words."""
    rows = []
    for record in found.records:
        pair = record.document.pair
        assert pair is not None
        text = record.document.text
        label = "".join(record.gold.classes) if record.gold else "?"
        rows.append((text[slice(*pair.head)], text[slice(*pair.tail)], label))
    return rows


def test_tacred_counts_tokens_with_the_end(read: Read) -> None:
    found = read(
        [TACRED, {**TACRED, "id": "e2", "relation": "no_relation", "obj_start": 5, "obj_end": 5}], name="a.json"
    )
    first, second = found.records
    assert (found.format, found.labels) == ("tacred", ("org:founded_by", "no_relation"))
    assert (first.document.text, first.document.name, first.document.pair) == (TEXT, "e1", PAIR)
    assert first.document.metadata == {"docid": "d7"}
    assert first.gold == Labels(classes=("org:founded_by",))
    assert second.document.pair == Pair((0, 7), (24, 28), "PER", "ORG")
    assert (first.document.text, first.document.tokens) == (second.document.text, second.document.tokens)
    assert [record.document.line for record in found.records] == [2, 21], "of a list the line where the object begins"


def test_tacred_a_line_and_without_relation_is_a_pool(read: Read) -> None:
    bare = {key: value for key, value in TACRED.items() if key != "relation"}
    found = read(bare, {**bare, "relation": None}, name="a.json")
    assert (found.format, classes(found), found.labels) == ("tacred", [None, None], ())


def test_head_and_tail_count_tokens_where_these_are_strings(read: Read) -> None:
    row = {
        "tokens": WORDS,
        "head": {"start": 0, "end": 2, "type": "PER"},
        "tail": {"start": 3, "end": 4, "type": "ORG"},
        "label": "founder",
        "sent": 3,
    }
    found = read(row, {**row, "text": "Ada  Lem founded\tAcme in Oslo"})
    assert [record.document.pair for record in found.records] == [PAIR, Pair((0, 8), (17, 21), "PER", "ORG")]
    assert found.records[0].document.metadata == {"sent": 3}
    assert (found.format, classes(found)) == ("jsonl-pairs", [("founder",), ("founder",)])


def test_head_and_tail_count_characters_of_a_text_else(read: Read) -> None:
    row = {"text": TEXT, "head": {"start": 0, "end": 7, "text": "Ada Lem"}, "tail": {"start": 16, "end": 20}}
    tokens = [{"text": "Ada", "start": 0, "end": 3}, {"text": "Lem", "start": 4, "end": 7}]
    found = read(row, {**row, "tokens": tokens, "label": "x"})
    assert [record.document.pair for record in found.records] == [Pair((0, 7), (16, 20))] * 2
    assert [record.document.tokens for record in found.records] == [None, ((0, 3), (4, 7))]


def test_marks_beside_the_words_are_taken_out_of_the_text(read: Read) -> None:
    words = ["The", "company", "makes", "chairs", "."]
    text = "The <e1> company </e1> makes <e2> chairs </e2>."
    row = {"tokens": words, "head": {"start": 1, "end": 2}, "tail": {"start": 3, "end": 4}, "text": text, "label": "P"}
    (record,) = read(row).records
    assert record.document.text == "The company makes chairs."
    assert record.document.tokens == ((0, 3), (4, 11), (12, 17), (18, 24), (24, 25))
    assert said(read({"text": text, "label": "P"})) == [("company", "chairs", "P")]


def test_spans_with_relations_give_every_ordered_pair(read: Read) -> None:
    row = {"id": "s", "text": TEXT, "spans": SPANS, "relations": [{"head": 4, "child": 9, "label": "founder"}]}
    found = read(row)
    assert said(found) == [
        ("Ada Lem", "Acme", "founder"),
        ("Ada Lem", "Oslo", "no_relation"),
        ("Acme", "Ada Lem", "no_relation"),
        ("Acme", "Oslo", "no_relation"),
        ("Oslo", "Ada Lem", "no_relation"),
        ("Oslo", "Acme", "no_relation"),
    ]
    assert (found.format, found.labels) == ("jsonl-relations", ("founder", "no_relation"))
    assert found.records[0].document.pair == PAIR
    assert {record.document.name for record in found.records} == {"s"}
    assert read(row, negative="NA").labels == ("founder", "NA")


def test_without_relations_pairs_are_a_pool_and_an_empty_list_says_none(read: Read) -> None:
    row = {"text": TEXT, "entities": SPANS[:2]}
    assert classes(read(row)) == [None, None]
    assert classes(read({**row, "relations": []})) == [("no_relation",)] * 2
    assert classes(read({**row, "relations": [], "answer": "reject"})) == [None, None]


@pytest.mark.parametrize(
    ("spans", "relation"),
    [
        ([{"start": 0, "end": 7, "label": "PER"}, {"start": 16, "end": 20, "type": "ORG"}], {"head": 0, "tail": 1}),
        ([{**SPANS[0], "id": "a"}, {**SPANS[1], "id": "b"}], {"head": "a", "tail": "b"}),
        (
            [{"id": 7, "start_offset": 0, "end_offset": 7}, {"id": 8, "start_offset": 16, "end_offset": 20}],
            {"id": 1, "from_id": 7, "to_id": 8},
        ),
        (
            SPANS[:2],  # Prodigy: head and child are tokens there, the spans say what is meant
            {"head": 1, "child": 3, "head_span": {"start": 0, "end": 7}, "child_span": {"start": 16, "end": 20}},
        ),
    ],
)
@pytest.mark.parametrize("key", ["label", "type"])
def test_relations_point_by_place_by_id_or_by_offsets(
    read: Read, spans: list[Any], relation: dict[str, Any], key: str
) -> None:
    found = read({"text": TEXT, "spans": spans, "relations": [{**relation, key: "founder"}]})
    assert said(found) == [("Ada Lem", "Acme", "founder"), ("Acme", "Ada Lem", "no_relation")]


def test_spans_count_tokens_where_there_is_no_text(read: Read) -> None:
    entities = [{"type": "PER", "start": 0, "end": 2}, {"type": "ORG", "start": 3, "end": 4}]
    relations = [{"type": "founder", "head": 0, "tail": 1}]
    found = read([{"tokens": WORDS, "entities": entities, "relations": relations}], name="spert.json")
    assert found.records[0].document.pair == PAIR
    assert said(found)[0] == ("Ada Lem", "Acme", "founder")


def test_what_an_item_cannot_hold_is_counted(read: Read) -> None:
    relations = [{"head": 0, "tail": 1, "label": "founder"}]
    plain = [{key: value for key, value in span.items() if key != "id"} for span in SPANS[:2]]
    found = read(
        {"text": TEXT, "spans": [*plain, {**plain[1], "label": "FIRM"}], "relations": relations},
        {"text": TEXT, "spans": plain[:1], "relations": []},
    )
    assert found.notes == {TWICE: 1, SINGLE: 1}
    assert said(found) == [("Ada Lem", "Acme", "founder"), ("Acme", "Ada Lem", "no_relation")]
    assert found.records[0].document.pair == PAIR, "with its first type"


@pytest.mark.parametrize("ends", [(0, 1), (0, 2), (3, 1), (3, 2)])
def test_an_entity_listed_twice_is_one_and_its_pair_related_wherever_the_relation_points(
    read: Read, ends: tuple[int, int]
) -> None:
    places = [{"type": "PER", "start": 0, "end": 2}, {"type": "ORG", "start": 3, "end": 4}]
    relation = {"type": "founder", "head": ends[0], "tail": ends[1]}
    row = {"tokens": WORDS, "entities": [*places, *reversed(places)], "relations": [relation]}
    found = read([row], name="spert.json")
    assert said(found) == [("Ada Lem", "Acme", "founder"), ("Acme", "Ada Lem", "no_relation")]
    assert found.notes == {TWICE: 2}
    again = read([{**row, "relations": [relation, {**relation, "head": 0, "tail": 1}]}], name="spert.json")
    assert again.records == found.records, "the same relation said twice is one"
    other = {**relation, "type": "owner", "head": 3, "tail": 1}
    with pytest.raises(InputError, match=r"spert.json:2: .*relation 2 is 'owner' where .* are 'founder' already"):
        read([{**row, "relations": [relation, other]}], name="spert.json")


SEMEVAL = """1\t"The system has its <e1>application</e1> in a <e2>configuration</e2> of "elements"."
Component-Whole(e2,e1)
Comment: Not a collection: there is structure here.

2\t"The <e1>child</e1> was wrapped into the <e2>cradle</e2>."
Other
Comment:

"""


def test_semeval_in_its_own_form(read: Read) -> None:
    found = read(SEMEVAL, name="TRAIN_FILE.TXT")
    assert (found.format, found.labels) == ("semeval", ("Component-Whole(e2,e1)", "Other"))
    first, second = (record.document for record in found.records)
    assert first.text == 'The system has its application in a configuration of "elements".'
    assert (first.name, first.line, first.tokens) == ("1", 1, None)
    assert first.metadata == {"comment": "Not a collection: there is structure here."}
    assert (second.name, second.line, second.metadata) == ("2", 5, {})
    assert said(found)[1] == ("child", "cradle", "Other")
    assert found == read(SEMEVAL.replace("\n", "\r\n"), name="TRAIN_FILE.TXT")


def test_semeval_in_the_form_for_testing(read: Read) -> None:
    lines = '8001\t"The <e1>audits</e1> were about <e2>waste</e2>."\n8002\t"The <e1>firm</e1> makes <e2>chairs</e2>."\n'
    found = read(lines, name="TEST_FILE.txt")
    assert said(found) == [("audits", "waste", "?"), ("firm", "chairs", "?")]
    assert [record.document.name for record in found.records] == ["8001", "8002"]


@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.txt", "x"])
def test_the_content_decides(read: Read, name: str) -> None:
    assert read([TACRED], name=name).format == "tacred"
    assert read(SEMEVAL, name=name).format == "semeval"
    assert read({"text": "<e1>a</e1> and <e2>b</e2>"}, name=name).format == "jsonl-marked"


HEAD = {"start": 0, "end": 7}
SPANNED = {"text": TEXT, "spans": SPANS[:2]}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({**TACRED, "subj_end": 9}, r"subj goes from token 0 to 10 in a sentence of 6 tokens: expected 0 <= start"),
        ({**TACRED, "obj_start": 4}, r"obj goes from token 4 to 3: expected obj_start <= obj_end"),
        ({**TACRED, "obj_start": "3"}, r"obj goes from token '3' to 3"),
        ({**TACRED, "subj_start": None}, r'no "subj_start": TACRED counts the words of subj there'),
        ({**TACRED, "obj_start": 0, "obj_end": 1}, r"head and tail are the same stretch of text"),
        ({**TACRED, "token": []}, r'no "token": TACRED gives the words'),
        ({**TACRED, "token": ["a", " "]}, r"token 2 is blank"),
        ({**TACRED, "relation": 3}, r'"relation" is 3: expected the relation\'s name'),
        ({**TACRED, "subj_type": 3}, r"subj has the type 3: expected a name"),
        ({"text": TEXT, "label": "x"}, r"no pair whose relation is asked about \(found 'text', 'label'\): expected"),
        ({"text": TEXT, "head": HEAD}, r'"tail" is None: expected \{"start": …, "end": …\}'),
        ({"head": HEAD, "tail": HEAD}, r"head and tail without a sentence"),
        (
            {"text": TEXT, "head": HEAD, "tail": {"start": 20, "end": 40}},
            r"tail goes from 20 to 40 in a text of 28",
        ),
        ({"text": TEXT, "head": {**HEAD, "text": "Ada"}, "tail": {"start": 8, "end": 9}}, r"head should read 'Ada'"),
        ({"text": TEXT, "head": HEAD, "tail": {"start": 7, "end": 8}}, r"tail holds no character but blanks"),
        (
            {**SPANNED, "relations": [{"head": 0, "tail": 9, "label": "x"}]},
            r'"head" of relation 1 is 0: expected the id',
        ),
        (
            {**SPANNED, "relations": [{"head": 4, "tail": 4, "label": "x"}]},
            r"relation 1 goes from a stretch",
        ),
        ({**SPANNED, "relations": [{"head": 4, "tail": 9}]}, r"the label of relation 1 is None"),
        ({**SPANNED, "relations": ["x"]}, r"relation 1 is 'x': expected"),
        ({"text": TEXT, "spans": [{"start": 0, "end": 3}], "relations": []}, r"no pair in the file"),
        ({"text": "<e1> </e1> <e2>b</e2>", "label": "x"}, r"nothing stands between <e1> and </e1>"),
    ],
)
def test_a_bad_object_is_named_with_what_would_be_right(read: Read, row: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        read(row, name="bad.jsonl")
    assert caught.value.line == (None if expected.startswith("no pair in") else 1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        ("Just a sentence.\n", 1, "neither JSON nor numbered sentences with <e1> and <e2>"),
        (SEMEVAL.replace("</e2> of", " of"), 1, "</e2> stands 0 times in the sentence"),
        (SEMEVAL.replace("Other\nComment:\n", "Other\nAgain\n"), 7, "'Again' is out of place: expected a number"),
        (SEMEVAL + "8001\tOther\n", 9, "a number and a relation without a sentence, as in an answer key"),
        (json.dumps([TACRED, 5]), 1, "5 is not a JSON object"),
        (json.dumps([TACRED, {**TACRED, "subj_end": 9}]), 1, "object 2 of the list: subj goes from token 0 to 10"),
        ("[\n" + json.dumps(TACRED) + "\n" + json.dumps(TACRED) + "]", 3, "expected a comma or the closing ]"),
        ("[\n" + json.dumps(TACRED) + ",\n{]", 3, "not JSON"),
        ("[\n" + json.dumps(TACRED), 2, "expected a comma or the closing ]"),
        ("[" + json.dumps(TACRED) + "]\nmore", 2, "something after the closing ]"),
    ],
)
def test_a_bad_line_is_named(read: Read, content: str, line: int, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        read(content, name="bad.txt")
    assert caught.value.line == line
    assert expected in caught.value.reason
