"""Public corpora of relations, classes and Chinese names, read whole and written without loss."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from formats.labelled_rows import as_records, read_back, written

from llmaaa_tui.core.document import Labels, Record
from llmaaa_tui.formats.tasks import LabelledDocument, TaskFile, of


@pytest.fixture(scope="module")
def data() -> Path:
    folder = Path(os.environ.get("LLMAAA_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
    if not (folder / "re").is_dir():
        pytest.skip(f"the public corpora are not in {folder}; name their folder in LLMAAA_TEST_DATA")
    return folder


def rows_of(found: TaskFile) -> list[LabelledDocument]:
    return [LabelledDocument(record.document, record.gold or Labels()) for record in found.records]


def test_conll04_in_tacred_format(data: Path, tmp_path: Path) -> None:
    found = of("relation").read(data / "re" / "conll04_tacred" / "dev.json")
    assert (found.format, len(found.records), len(found.labels)) == ("tacred", 1502, 6)
    texts = Counter(record.document.text for record in found.records)
    assert len(texts) == 228
    for format_name, name in (("jsonl", "x.jsonl"), ("tacred", "x.json")):
        rows = rows_of(found)
        content, report = written("relation", format_name, rows)
        assert report.lossless
        back = read_back("relation", tmp_path, content, name)
        assert back == [Record(replace(row.document, file="", line=0), row.labels) for row in rows]


def test_conll04_as_lines(data: Path) -> None:
    lines = of("relation").read(data / "re" / "conll04_re" / "dev.jsonl")
    listed = of("relation").read(data / "re" / "conll04_tacred" / "dev.json")
    assert (lines.format, len(lines.records), len(lines.labels)) == ("jsonl-pairs", 343, 5)
    related = {
        (record.document.text, record.document.pair, record.gold)
        for record in listed.records
        if record.gold != Labels(classes=("no_relation",))
    }
    assert {(one.document.text, one.document.pair, one.gold) for one in lines.records} == related


def test_semeval_2010_task_8(data: Path, tmp_path: Path) -> None:
    found = of("relation").read(data / "re" / "semeval2010_task8" / "test.jsonl")
    assert (len(found.records), len(found.labels)) == (2717, 19)
    assert not any(re.search("</?e[12]>", record.document.text) for record in found.records)
    rows = rows_of(found)
    content, report = written("relation", "semeval", rows)
    assert (report.dropped, report.labels) == ({}, 2717)
    back = read_back("relation", tmp_path, content, "TEST_FILE_FULL.TXT")
    assert [(one.document.text, one.gold) for one in back] == [(row.document.text, row.labels) for row in rows]
    for one, row in zip(back, rows, strict=True):
        assert one.document.pair == row.document.pair


def test_trec_6(data: Path, tmp_path: Path) -> None:
    found = of("classification").read(data / "classification" / "trec6" / "test.jsonl")
    assert (len(found.records), sorted(found.labels)) == (500, ["ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"])
    rows = rows_of(found)
    content, report = written("classification", "csv", rows)
    assert report.lossless
    back = read_back("classification", tmp_path, content, "x.csv")
    assert [(one.document.text, one.document.name, one.gold) for one in back] == [
        (row.document.text, row.document.name, row.labels) for row in rows
    ]
    content, _ = written("multilabel", "jsonl", rows)
    back = read_back("multilabel", tmp_path, content, "x.jsonl")
    assert [one.gold for one in back] == [one.gold for one in as_records(rows)]


def test_chinese_names_by_character(data: Path, tmp_path: Path) -> None:
    found = of("ner").read(data / "ner" / "zh_resume" / "dev.jsonl")
    assert (found.format, len(found.records), len(found.labels)) == ("jsonl-tokens, IOB2", 463, 8)
    rows = rows_of(found)
    for format_name, name in (("jsonl", "x.jsonl"), ("conll", "x.conll")):
        content, report = written("ner", format_name, rows)
        assert report.lossless
        back = read_back("ner", tmp_path, content, name)
        assert [(one.document.text, one.gold) for one in back] == [(row.document.text, row.labels) for row in rows]
