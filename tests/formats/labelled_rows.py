"""Labelled items of every task, drawn for the round trips, and how a file is written and read again."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from formats.test_round_trip import LABELS, characters, json_values, keys, offsets, texts
from hypothesis import strategies as st

from llmaaa_tui.core.document import Document, Labels, Pair, Record
from llmaaa_tui.formats.tasks import LabelledDocument, Report, of
from llmaaa_tui.formats.write import write

TYPES = st.sampled_from(["", "PER", "人名"])


@st.composite
def documents(draw: st.DrawFn, text: str) -> Document:
    return Document(
        text,
        draw(offsets(text)),
        draw(st.text(characters)),
        draw(st.sampled_from([None, "sw", "zh-Hant"])),
        draw(st.dictionaries(keys, json_values, max_size=3)),
        never_send=draw(st.booleans()),
    )


@st.composite
def pairs(draw: st.DrawFn) -> LabelledDocument:
    """A text with a pair that may touch, overlap or nest."""
    text = draw(texts.filter(lambda text: len(text) > 1))
    bounds = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(
        lambda place: bool(text[place[0] : place[1]].strip())
    )
    head, tail = draw(bounds), draw(bounds)
    if head == tail:
        text = f"x{text}"
        head, tail = (0, 1), (tail[0] + 1, tail[1] + 1)
    pair = Pair(head, tail, draw(TYPES), draw(TYPES))
    return LabelledDocument(replace(draw(documents(text)), pair=pair), Labels(classes=(draw(LABELS),)))


@st.composite
def labelled_texts(draw: st.DrawFn, several: bool) -> LabelledDocument:
    names = draw(st.lists(LABELS, min_size=0 if several else 1, max_size=4 if several else 1, unique=True))
    return LabelledDocument(draw(documents(draw(texts))), Labels(classes=tuple(names)))


def written(task: str, format_name: str, rows: Sequence[LabelledDocument]) -> tuple[str, Report]:
    out = io.StringIO(newline="\n")
    report = write(task, format_name, rows, out)
    return out.getvalue(), report


def read_back(task: str, folder: Path, content: str, name: str) -> list[Record]:
    path = folder / name
    path.write_text(content, encoding="utf-8", newline="\n")
    return [replace(one, document=replace(one.document, file="", line=0)) for one in of(task).read(path).records]


def as_records(rows: Sequence[LabelledDocument]) -> list[Record]:
    return [Record(row.document, row.labels) for row in rows]
