"""Relations and classes: import(export(x)) == x in JSONL, and in the other formats all that is lost is counted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from formats.labelled_rows import as_records, labelled_texts, pairs, read_back, written
from hypothesis import given, settings
from hypothesis import strategies as st

from llmaaa_tui.core.document import NOTHING, Document, Labels, Pair, from_words
from llmaaa_tui.core.tasks import TASKS
from llmaaa_tui.errors import SettingsError
from llmaaa_tui.formats.tasks import LabelledDocument, of
from llmaaa_tui.formats.write import refuse_misfit

Factory = pytest.TempPathFactory
TRIPS = settings(max_examples=15, deadline=None)


@TRIPS
@given(rows=st.lists(pairs(), min_size=1, max_size=4))
def test_jsonl_gives_back_every_pair(tmp_path_factory: Factory, rows: list[LabelledDocument]) -> None:
    content, report = written("relation", "jsonl", rows)
    assert (report.lossless, report.documents, report.labels) == (True, len(rows), len(rows))
    assert read_back("relation", tmp_path_factory.getbasetemp(), content, "pairs.jsonl") == as_records(rows)


@TRIPS
@given(rows=st.lists(labelled_texts(several=False), min_size=1, max_size=4))
def test_jsonl_gives_back_every_class(tmp_path_factory: Factory, rows: list[LabelledDocument]) -> None:
    content, report = written("classification", "jsonl", rows)
    assert report.lossless
    assert read_back("classification", tmp_path_factory.getbasetemp(), content, "one.jsonl") == as_records(rows)


@TRIPS
@given(rows=st.lists(labelled_texts(several=True), min_size=1, max_size=4))
def test_jsonl_gives_back_several_classes_and_none(tmp_path_factory: Factory, rows: list[LabelledDocument]) -> None:
    content, report = written("multilabel", "jsonl", rows)
    assert report.lossless
    assert read_back("multilabel", tmp_path_factory.getbasetemp(), content, "many.jsonl") == as_records(rows)


@TRIPS
@given(rows=st.lists(pairs(), min_size=1, max_size=4))
def test_tacred_gives_back_words_and_pairs_or_says_what_changed(
    tmp_path_factory: Factory, rows: list[LabelledDocument]
) -> None:
    content, report = written("relation", "tacred", rows)
    assert report.documents + sum(report.dropped.values()) == len(rows)
    if not report.documents:
        return
    found = read_back("relation", tmp_path_factory.getbasetemp(), content, "pairs.json")
    assert len(found) == report.documents
    if report.lossless:
        same = [replace(one.document, tokens=None) for one in found]
        assert same == [replace(row.document, tokens=None) for row in rows]
        assert [one.gold for one in found] == [row.labels for row in rows]


@TRIPS
@given(rows=st.lists(pairs(), min_size=1, max_size=4))
def test_semeval_gives_back_texts_and_pairs_or_says_what_changed(
    tmp_path_factory: Factory, rows: list[LabelledDocument]
) -> None:
    content, report = written("relation", "semeval", rows)
    assert report.documents + sum(report.dropped.values()) == len(rows)
    if not report.documents:
        return
    found = read_back("relation", tmp_path_factory.getbasetemp(), content, "pairs.txt")
    assert len(found) == report.documents
    if not report.dropped and not any(reason.startswith("texts (line") for reason in report.changed):
        assert [one.gold for one in found] == [row.labels for row in rows]
    if not report.dropped and set(report.changed) <= {
        "texts (tokens have no place in this format)",
        "texts (the mark never_send has no place in this format)",
        "pairs (types have no place in this format)",
        "ids (counted, for not every one is a number of its own)",
    }:
        assert [one.document.text for one in found] == [row.document.text for row in rows]
        for one, row in zip(found, rows, strict=True):
            pair, other = one.document.pair, row.document.pair
            assert pair is not None
            assert other is not None
            assert (pair.head, pair.tail) == (other.head, other.tail)


@pytest.mark.parametrize("task", ["classification", "multilabel"])
@TRIPS
@given(data=st.data())
def test_a_table_gives_back_texts_and_classes_or_says_what_changed(
    tmp_path_factory: Factory, task: str, data: st.DataObject
) -> None:
    rows = data.draw(st.lists(labelled_texts(several=task == "multilabel"), min_size=1, max_size=4))
    content, report = written(task, "csv", rows)
    found = read_back(task, tmp_path_factory.getbasetemp(), content, "trip.csv")
    assert [one.gold for one in found] == [row.labels for row in rows]
    if not any(reason.startswith("texts (line") for reason in report.changed):
        assert [replace(one.document, metadata={}) for one in found] == [
            replace(row.document, tokens=None, metadata={}) for row in rows
        ]


def pair_row(text: str, head: tuple[int, int], tail: tuple[int, int], **more: Any) -> LabelledDocument:
    return LabelledDocument(Document(text, pair=Pair(head, tail), **more), Labels(classes=("Cause-Effect(e1,e2)",)))


def test_what_a_line_of_a_pair_says(tmp_path: Path) -> None:
    text, tokens = from_words(["Ada", "met", "Bo"])
    document = Document(text, tokens, "a", pair=Pair((0, 3), (8, 10), "PER"))
    content, _ = written("relation", "jsonl", [LabelledDocument(document, Labels(classes=("met",)), {"round": 2})])
    found = json.loads(content)
    assert found.pop("tokens")[2] == {"text": "Bo", "start": 8, "end": 10, "id": 2, "ws": False}
    assert found == {
        "id": "a",
        "text": "Ada met Bo",
        "head": {"start": 0, "end": 3, "type": "PER"},
        "tail": {"start": 8, "end": 10},
        "label": "met",
        "round": 2,
    }


def test_what_tacred_and_semeval_look_like() -> None:
    rows = [pair_row("The fire, then smoke.", (4, 8), (15, 20), name="7"), pair_row("A b", (0, 1), (2, 3), name="9")]
    content, report = written("relation", "semeval", rows)
    assert content.splitlines() == [
        '7\t"The <e1>fire</e1>, then <e2>smoke</e2>."',
        "Cause-Effect(e1,e2)",
        "Comment:",
        "",
        '9\t"<e1>A</e1> <e2>b</e2>"',
        "Cause-Effect(e1,e2)",
        "Comment:",
        "",
    ]
    assert (report.lossless, str(report)) == (True, "2 pairs and 2 labels written")
    content, report = written("relation", "tacred", rows)
    first = json.loads(content)[0]
    assert first == {
        "id": "7",
        "relation": "Cause-Effect(e1,e2)",
        "token": ["The", "fire", ",", "then", "smoke", "."],
        "subj_start": 1,
        "subj_end": 1,
        "obj_start": 4,
        "obj_end": 4,
    }
    assert report.changed == {"texts (words joined by single spaces)": 1}


def test_what_a_format_cannot_hold_is_counted_by_reason() -> None:
    inside = pair_row("abc", (0, 1), (1, 3))
    marked = pair_row("see <e1> here", (0, 3), (9, 13), name="1")
    lines = replace(pair_row("a\nb", (0, 1), (2, 3)).document, never_send=True, pair=Pair((0, 1), (2, 3), "X"))
    rows = [inside, marked, LabelledDocument(lines, Labels(classes=("r",)))]
    _, report = written("relation", "tacred", rows)
    assert report.dropped == {"pairs (head and tail are not words of their own)": 1}
    _, report = written("relation", "semeval", rows)
    assert report.dropped == {"pairs (none, or their marks could not be read again)": 1}
    assert report.changed == {
        "texts (line ends or tabs in them)": 1,
        "texts (the mark never_send has no place in this format)": 1,
        "pairs (types have no place in this format)": 1,
        "ids (counted, for not every one is a number of its own)": 2,
    }
    table = [LabelledDocument(Document("a\r\nb", ((0, 1),)), Labels(classes=("x|y", "z")))]
    content, report = written("multilabel", "csv", table)
    assert content == 'text,labels\n"a\nb",x¦y|z\n'
    assert report.changed == {
        "texts (line ends other than LF, or a NUL in them)": 1,
        "texts (tokens have no place in this format)": 1,
        "labels (the sign | in the name is written ¦)": 1,
    }


SOURCES: tuple[dict[str, Any], ...] = (
    {"annotator": "simulated-gpt-4", "simulated": "simulated", "round": 1},
    {"annotator": "recorded-chatgpt", "simulated": "recorded", "round": 1},
    {"annotator": "student-round-001", "simulated": "recorded and simulated"},
    {"annotator": "gpt-4", "simulated": None, "round": 2},
)


@pytest.mark.parametrize("task", ["classification", "multilabel"])
def test_a_table_says_who_gave_each_label_and_whether_it_is_simulated(tmp_path: Path, task: str) -> None:
    rows = [LabelledDocument(Document("a"), Labels(classes=("x",)), source) for source in SOURCES]
    content, report = written(task, "csv", rows)
    assert content.splitlines() == [
        f"text,{'labels' if task == 'multilabel' else 'label'},annotator,simulated",
        "a,x,simulated-gpt-4,simulated",
        "a,x,recorded-chatgpt,recorded",
        "a,x,student-round-001,recorded and simulated",
        "a,x,gpt-4,",
    ]
    assert report.lossless
    for name in ("x.csv", "x.tsv"):
        table = content if name == "x.csv" else content.replace(",", "\t")
        found = read_back(task, tmp_path, table, name)
        assert [one.gold for one in found] == [row.labels for row in rows]
        said = [{key: source[key] for key in ("annotator", "simulated") if source[key]} for source in SOURCES]
        assert [one.document.metadata for one in found] == said
    live = written(task, "csv", rows[3:])[0]
    assert live.splitlines()[0].endswith(",annotator,simulated"), "the column is there to say that none is"


def test_semeval_says_in_the_comment_what_is_simulated_and_keeps_the_comment(tmp_path: Path) -> None:
    rows = [
        replace(pair_row("A b", (0, 1), (2, 3), name=str(number), metadata=metadata), provenance=source)
        for number, (source, metadata) in enumerate(
            (source, metadata) for source in SOURCES for metadata in ({}, {"comment": "one; two"})
        )
    ]
    content, report = written("relation", "semeval", rows)
    assert [line for line in content.splitlines() if line.startswith("Comment:")] == [
        "Comment: SIMULATED, annotator simulated-gpt-4",
        "Comment: SIMULATED, annotator simulated-gpt-4; one; two",
        "Comment: RECORDED, annotator recorded-chatgpt",
        "Comment: RECORDED, annotator recorded-chatgpt; one; two",
        "Comment: RECORDED AND SIMULATED, annotator student-round-001",
        "Comment: RECORDED AND SIMULATED, annotator student-round-001; one; two",
        "Comment:",
        "Comment: one; two",
    ]
    assert report.lossless
    found = read_back("relation", tmp_path, content, "x.txt")
    assert [(one.document.text, one.document.pair, one.gold) for one in found] == [
        (row.document.text, row.document.pair, row.labels) for row in rows
    ]
    for one, row in zip(found, rows, strict=True):
        marks = {key: row.provenance[key] for key in ("annotator", "simulated") if row.mark}
        assert one.document.metadata == {**row.document.metadata, **marks}
    again = [
        LabelledDocument(one.document, one.gold or NOTHING, {"annotator": "student", "simulated": "simulated"})
        for one in found[:2]
    ]
    assert "annotator student; one; two\n" in written("relation", "semeval", again)[0], "marks do not pile up"


def test_tacred_says_what_is_simulated(tmp_path: Path) -> None:
    rows = [replace(pair_row("A b", (0, 1), (2, 3)), provenance=source) for source in SOURCES]
    content, report = written("relation", "tacred", rows)
    assert report.lossless
    for found, source in zip(json.loads(content), SOURCES, strict=True):
        assert (found["annotator"], found["simulated"]) == (source["annotator"], source["simulated"])
    assert read_back("relation", tmp_path, content, "x.json")[0].document.metadata == SOURCES[0]


def test_nothing_here_is_a_statement_only_where_a_text_may_have_several_labels(tmp_path: Path) -> None:
    rows = [LabelledDocument(Document("a"), NOTHING)]
    assert written("multilabel", "jsonl", rows)[0] == '{"text": "a", "labels": []}\n'
    assert read_back("multilabel", tmp_path, '{"text": "a"}\n', "x.jsonl")[0].gold is None
    assert written("classification", "jsonl", rows)[0] == '{"text": "a"}\n'


@pytest.mark.parametrize(
    ("task", "format_name", "known"),
    [
        ("relation", "conll", "jsonl or tacred or semeval or transformers"),
        ("ner", "csv", "jsonl or conll or transformers"),
        ("classification", "tacred", "jsonl or csv or transformers"),
    ],
)
def test_a_format_that_does_not_fit_is_refused_with_those_that_do(task: str, format_name: str, known: str) -> None:
    with pytest.raises(SettingsError) as caught:
        refuse_misfit(task, format_name, "transformers")
    assert str(caught.value) == f"--format {format_name}: cannot hold the labels of task {task}: choose {known}"


def test_every_task_says_which_files_it_reads() -> None:
    assert all(of(name).files and len(of(name).files) < 120 for name in TASKS)
    with pytest.raises(SettingsError, match=r"project\.task: there is no task 'x'; choose ner, relation"):
        of("x")
