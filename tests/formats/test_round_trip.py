"""import(export(x)) == x for every lossless pair, and a count for all that is lost elsewhere."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmaaa_tui.core.document import NOTHING, Document, Labels, Record, Span, from_words
from llmaaa_tui.formats.read import read_ner
from llmaaa_tui.formats.task_ner import TASK
from llmaaa_tui.formats.tasks import LabelledDocument, Report
from llmaaa_tui.formats.write import write_conll, write_jsonl

# Emoji with joiners and skin tones, CJK, combining and right-to-left marks, odd blanks, line ends of every kind.
ODD = '🙂👩🏽‍🚀🇹🇿東京ราक्षe\u0301שלום\u202e\u200b\ufeff\u00a0\u3000\u2028\x85\x1b#{["\\ -\r\n\t\0'
LABELS = st.sampled_from(["PER", "LOC", "creative-work", "人名", "two words"])
characters = st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=["Cs"]))
texts = st.text(characters, min_size=1, max_size=30).filter(lambda text: bool(text.strip()))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(characters),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(characters), inner, max_size=3),
    max_leaves=6,
)
keys = st.one_of(st.sampled_from(["meta", "text", "tags", "id", "spans", "answer", "round"]), st.text(characters))


@st.composite
def offsets(draw: st.DrawFn, text: str) -> tuple[tuple[int, int], ...] | None:
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=10)))
    tokens = tuple((a, b) for a, b in pairwise(cuts) if text[a:b].strip() and draw(st.booleans()))
    return tokens or None


@st.composite
def labelled(draw: st.DrawFn) -> LabelledDocument:
    text = draw(texts)
    bounds = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(
        lambda p: bool(text[p[0] : p[1]].strip())
    )
    spans = draw(st.sets(st.builds(lambda p, label: Span(p[0], p[1], label), bounds, LABELS), max_size=4))
    document = Document(
        text,
        draw(offsets(text)),
        draw(st.text(characters)),
        draw(st.sampled_from([None, "sw", "zh-Hant"])),
        draw(st.dictionaries(keys, json_values, max_size=3)),
        never_send=draw(st.booleans()),
    )
    return LabelledDocument(document, Labels(tuple(sorted(spans))))


def read_back(folder: Path, written: str, name: str) -> list[Record]:
    path = folder / name
    path.write_text(written, encoding="utf-8", newline="\n")
    return [replace(r, document=replace(r.document, file="", line=0)) for r in read_ner(path).records]


def write_entities(rows: Iterable[LabelledDocument], out: TextIO) -> Report:
    return write_jsonl(rows, out, TASK.fields)


def export(writer: Any, rows: Sequence[LabelledDocument]) -> tuple[str, Report]:
    out = io.StringIO(newline="\n")
    report = writer(rows, out)
    return out.getvalue(), report


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(labelled(), min_size=1, max_size=4))
def test_jsonl_gives_back_every_document(
    tmp_path_factory: pytest.TempPathFactory, rows: list[LabelledDocument]
) -> None:
    written, report = export(write_entities, rows)
    assert report.lossless
    assert (report.documents, report.labels) == (len(rows), sum(len(row.labels.spans) for row in rows))
    folder = tmp_path_factory.getbasetemp()
    assert read_back(folder, written, "trip.jsonl") == [Record(row.document, row.labels) for row in rows]


words = st.text(characters, min_size=1, max_size=8).filter(lambda word: bool(word.strip()))


@st.composite
def tokenised(draw: st.DrawFn) -> LabelledDocument:
    text, tokens = from_words(draw(st.lists(words, min_size=1, max_size=8)))
    cuts = sorted(draw(st.sets(st.integers(0, len(tokens)), max_size=6)))
    spans = tuple(Span(tokens[a][0], tokens[b - 1][1], draw(LABELS)) for a, b in pairwise(cuts) if draw(st.booleans()))
    return LabelledDocument(Document(text, tokens), Labels(spans))


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(tokenised(), min_size=1, max_size=4))
def test_conll_gives_back_words_and_spans_or_says_what_changed(
    tmp_path_factory: pytest.TempPathFactory, rows: list[LabelledDocument]
) -> None:
    written, report = export(write_conll, rows)
    found = read_back(tmp_path_factory.getbasetemp(), written, "trip.conll")
    assert len(found) == len(rows)
    assert not report.dropped
    assert sum(len(record.gold.spans if record.gold else ()) for record in found) == report.labels
    if report.lossless:
        assert found == [Record(row.document, row.labels) for row in rows]
    else:
        assert any(set(row.document.text) & set("\t\n\r\0 \ufeff") for row in rows)


def test_a_format_that_cannot_say_never_send_reports_it(tmp_path: Path) -> None:
    rows = [LabelledDocument(Document("Ada", ((0, 3),), never_send=mark), NOTHING) for mark in (True, False, True)]
    report = export(write_conll, rows)[1]
    assert report.changed == {"texts (the mark never_send has no place in this format)": 2}


def test_provenance_stands_beside_the_labels_and_reads_as_metadata(tmp_path: Path) -> None:
    provenance = {"annotator": "gpt", "round": 3, "decision": "accept", "simulated": "SIMULATED"}
    document = Document("in Rome", name="a", metadata={"page": 2, "note": "one\r\ntwo"})
    written, _ = export(write_entities, [LabelledDocument(document, Labels((Span(3, 7, "LOC"),)), provenance)])
    assert json.loads(written) == {
        "id": "a",
        "text": "in Rome",
        "spans": [{"start": 3, "end": 7, "label": "LOC"}],
        **provenance,
        "meta": {"page": 2, "note": "one\r\ntwo"},
    }
    (record,) = read_back(tmp_path, written, "x.jsonl")
    gold = Labels((Span(3, 7, "LOC"),))
    assert record == Record(replace(document, metadata={**document.metadata, **provenance}), gold)


def test_metadata_and_provenance_of_one_name_are_both_kept(tmp_path: Path) -> None:
    row = LabelledDocument(Document("a", metadata={"round": "first"}), NOTHING, {"round": 1})
    (record,) = read_back(tmp_path, export(write_entities, [row])[0], "x.jsonl")
    assert record.document.metadata == {"round": 1, "meta": {"round": "first"}}


def test_what_cannot_be_labelled_or_named_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit a text of 1 characters"):
        LabelledDocument(Document("a"), Labels((Span(0, 2, "X"),)))
    with pytest.raises(ValueError, match="does not fit"):
        LabelledDocument(Document("a"), Labels((Span(0, 1, " "),)))
    with pytest.raises(ValueError, match="provenance may not be called 'spans'"):
        LabelledDocument(Document("a"), NOTHING, {"spans": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        export(write_entities, [LabelledDocument(Document("a"), NOTHING, {"weight": float("nan")})])


def test_conll_of_a_text_without_tokens() -> None:
    row = LabelledDocument(Document("Rome's mayor, Ada."), Labels((Span(0, 4, "LOC"), Span(14, 17, "PER"))))
    written, report = export(write_conll, [row])
    assert written == "Rome's\tB-LOC\nmayor\tO\n,\tO\nAda\tB-PER\n.\tO\n\n"
    assert (report.documents, report.labels, report.dropped) == (1, 2, {})
    assert report.changed == {
        "texts (words joined by single spaces)": 1,
        "spans (moved to the bounds of whole words)": 1,
    }
    assert str(report) == (
        "1 sentences and 2 spans written; changed: 1 texts (words joined by single spaces); "
        "changed: 1 spans (moved to the bounds of whole words)"
    )


def test_conll_counts_what_it_drops() -> None:
    text, tokens = from_words(["Bank", "of", "Rome", "x"])
    nested = (Span(0, 12, "ORG"), Span(8, 12, "LOC"), Span(0, 4, "LOC"))
    written, report = export(write_conll, [LabelledDocument(Document(text, tokens), Labels(nested))])
    assert written == "Bank\tB-ORG\nof\tI-ORG\nRome\tI-ORG\nx\tO\n\n"
    assert (report.labels, report.dropped) == (1, {"spans (overlap or share a word with a longer one)": 2})

    one_word = (Span(0, 1, "A"), Span(1, 2, "B"))
    _, report = export(write_conll, [LabelledDocument(Document("ab", ((0, 2),)), Labels(one_word))])
    assert (report.labels, report.dropped) == (1, {"spans (overlap or share a word with a longer one)": 1})

    _, report = export(write_conll, [LabelledDocument(Document("a b", ((0, 1),)), Labels((Span(2, 3, "B"),)))])
    assert (report.labels, report.dropped) == (0, {"spans (touch no word)": 1})

    written, report = export(write_conll, [LabelledDocument(Document(" \n"), Labels((Span(0, 1, "B"),)))])
    assert written == ""
    assert (report.documents, report.dropped) == (0, {"documents (no word)": 1, "spans (no word)": 1})


def test_conll_says_first_how_many_sentences_are_simulated(tmp_path: Path) -> None:
    sources = [("simulated-m", "simulated"), ("simulated-m", "simulated"), ("recorded-m", "recorded"), ("ada", None)]
    rows = [
        LabelledDocument(
            Document("Ada", ((0, 3),)), Labels((Span(0, 3, "PER"),)), {"annotator": who, "simulated": word}
        )
        for who, word in sources
    ]
    wordless = LabelledDocument(Document(" "), NOTHING, rows[0].provenance)
    written, report = export(write_conll, [*rows, wordless])
    said = "2 of 4 sentences SIMULATED by simulated-m; 1 of 4 sentences RECORDED by recorded-m"
    assert written == f"-DOCSTART-\t{said}\tO\n\n" + "Ada\tB-PER\n\n" * 4
    assert (report.documents, report.changed) == (4, {})
    assert read_back(tmp_path, written, "x.conll") == [Record(row.document, row.labels) for row in rows]
    assert read_back(tmp_path, written, "x.txt") == read_back(tmp_path, written, "x.conll"), "told by its content"
    # As most readers do it: the mark skipped, columns split at blanks, a sentence ends at a blank line.
    lines = [line.split() for line in written.splitlines() if not line.startswith("-DOCSTART-")]
    assert [(line[0], line[-1]) for line in lines if line] == [("Ada", "B-PER")] * 4
    assert written.split()[0] == "-DOCSTART-"
    assert written.splitlines()[0].split()[-1] == "O", "a reader that knows no mark sees one token outside all names"
    assert "DOCSTART" not in export(write_conll, rows[3:])[0]


def test_conll_keeps_a_line_a_token(tmp_path: Path) -> None:
    text, tokens = from_words(["a\tb", "c\nd", "-DOCSTART-"])
    written, report = export(
        write_conll, [LabelledDocument(Document(text, tokens), Labels((Span(0, 3, "two\nlines"),)))]
    )
    assert written == "a b\tB-two lines\nc d\tO\n-DOCSTART-\tO\n\n"
    assert report.changed == {
        "tokens (blanks, line ends or other marks of the format in them)": 2,
        "tokens (read as the mark of a document)": 1,
        "labels (blanks or line ends in the name)": 1,
    }


# Real files ------------------------------------------------------------------------------------------------------

SENTENCES = {
    "masakhaner2-swa": (6593, 942, 1883),
    "conll2003": (14041, 3250, 3453),
    "wnut17": (3394, 1009, 1287),
    "zh_resume": (3821, 463, 477),
}
LABEL_SETS = {
    "masakhaner2-swa": {"PER", "ORG", "LOC", "DATE"},
    "conll2003": {"PER", "ORG", "LOC", "MISC"},
    "wnut17": {"corporation", "creative-work", "group", "location", "person", "product"},
    "zh_resume": {"CONT", "EDU", "LOC", "NAME", "ORG", "PRO", "RACE", "TITLE"},
}


def data_folder() -> Path:
    default = Path(__file__).parents[2] / ".." / "shared" / "data"
    folder = Path(os.environ.get("LLMAAA_TEST_DATA") or default) / "ner"
    if not folder.is_dir():
        pytest.skip("no public test data here: name its folder in LLMAAA_TEST_DATA")
    return folder


@pytest.mark.parametrize("corpus", SENTENCES)
def test_real_corpora_are_read_whole(corpus: str) -> None:
    folder = data_folder() / corpus
    counts = []
    for part in ("train", "dev", "test"):
        found = read_ner(folder / f"{part}.jsonl")
        counts.append(len(found.records))
        assert (found.format, found.scheme) == ("jsonl-tokens", "IOB2")
        assert set(found.labels) <= LABEL_SETS[corpus]
        assert all(record.gold is not None for record in found.records)
    assert tuple(counts) == SENTENCES[corpus]


@pytest.mark.parametrize("corpus", SENTENCES)
def test_real_corpora_survive_both_formats(corpus: str, tmp_path: Path) -> None:
    records = read_ner(data_folder() / corpus / "dev.jsonl").records
    rows = [LabelledDocument(record.document, record.gold or NOTHING) for record in records]
    bare = [replace(r, document=replace(r.document, file="", line=0)) for r in records]
    written, report = export(write_entities, rows)
    assert report.lossless
    assert read_back(tmp_path, written, "x.jsonl") == bare
    written, report = export(write_conll, rows)
    assert report.lossless
    nameless = [replace(r, document=replace(r.document, name="")) for r in bare]
    assert read_back(tmp_path, written, "x.conll") == nameless
