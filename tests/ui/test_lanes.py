"""Spans in lanes under the text: aligned by cells, readable without colour, quick on long lines."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from ui.snapshots import HOSTILE

from llmaaa_tui.core.annotation import GroundedSpan
from llmaaa_tui.core.document import Span
from llmaaa_tui.core.tokens import word_offsets
from llmaaa_tui.ui.glyphs import ASCII, UNICODE
from llmaaa_tui.ui.widgets.lanes import Sheet, lanes
from llmaaa_tui.ui.wrapping import Layout

TEXT = "Mkutano wa Arusha utafanyika jijini Dodoma ."


def found(text: str, surface: str, label: str, rung: int = 1, confidence: float | None = None) -> GroundedSpan:
    start = text.index(surface)
    return GroundedSpan(Span(start, start + len(surface), label), rung, (), confidence)


def drawn(text: str, *layers: tuple[str, list[GroundedSpan]], width: int = 80, ascii_only: bool = False) -> list[str]:
    glyphs = ASCII if ascii_only else UNICODE
    lines = lanes(text, word_offsets(text), layers, width, glyphs, {})
    assert all(line.cell_length <= width for line in lines)
    return [line.plain.rstrip() for line in lines]


def test_every_answer_has_a_line_of_its_own_under_the_text() -> None:
    llm = [found(TEXT, "Arusha", "LOC"), found(TEXT, "Dodoma", "LOC", rung=4)]
    student = [found(TEXT, "Arusha", "ORG", confidence=0.58)]
    assert drawn(TEXT, ("LLM", llm), ("student", student), ("gold", [])) == [
        "         Mkutano wa Arusha utafanyika jijini Dodoma .",
        "LLM                 ╰LOC─╯                   ╰LOC?╯",
        "student             ╰────╯ORG .58",
        "gold     – nothing",
    ]


def test_the_same_in_ascii() -> None:
    lines = drawn(TEXT, ("LLM", [found(TEXT, "Arusha", "LOC")]), ascii_only=True)
    assert lines == ["     Mkutano wa Arusha utafanyika jijini Dodoma .", "LLM             +LOC-+"]
    assert "".join(lines).isascii()


def test_nested_and_overlapping_spans_lie_in_lanes() -> None:
    text = "Chuo Kikuu cha Dar es Salaam leo"
    spans = [
        found(text, "Chuo Kikuu cha Dar es Salaam", "ORG"),
        found(text, "Dar es Salaam", "LOC"),
        found(text, "Salaam leo", "DATE"),
        found(text, "leo", "X"),
    ]
    assert drawn(text, ("", spans)) == [
        "Chuo Kikuu cha Dar es Salaam leo",
        "╰ORG───────────────────────╯ ╰X╯",
        "               ╰LOC────────╯",
        "                      ╰DATE────╯",
    ]


def test_a_span_goes_on_over_the_end_of_a_line() -> None:
    text = "moja mbili Umoja wa Mataifa tatu"
    assert drawn(text, ("", [found(text, "Umoja wa Mataifa", "ORG")]), width=20) == [
        "moja mbili Umoja wa",
        "           ╰ORG───…",
        "",
        "Mataifa tatu",
        "…ORG──╯",
    ]


def test_a_label_without_room_goes_to_the_left_or_is_cut() -> None:
    text = "na x"
    assert drawn(text, ("", [found(text, "x", "PER")]), width=4)[1] == "PER^"[:3] + "^"
    assert drawn("x", ("", [found("x", "x", "PERSON")]), width=4)[1] == "^PE…"


def test_two_cell_characters_marks_and_joined_emoji_keep_their_columns() -> None:
    text = "東京大学 na Jose\u0301 \U0001f468\u200d\U0001f469\u200d\U0001f467 ok"
    spans = [
        found(text, "東京", "LOC"),
        found(text, "Jose\u0301", "PER"),
        found(text, "\U0001f468\u200d\U0001f469\u200d\U0001f467", "X"),
        found(text, "ok", "YES"),
    ]
    text_line, marks, second = drawn(text, ("", spans))
    assert cell_len(text_line) == 8 + 1 + 2 + 1 + 4 + 1 + 2 + 1 + 2
    assert marks == "╰──╯LOC     ╰──╯PER ╰╯YES"
    assert second == "                 ╰╯X"
    # An offset inside a grapheme means all of it.
    inside = [GroundedSpan(Span(text.index("\u0301"), text.index("\u0301") + 1, "PER"))]
    assert drawn(text, ("", inside))[1].index("^") == 15


def test_the_cursor_and_the_selection_need_no_colour() -> None:
    words = word_offsets(TEXT)
    lines = lanes(TEXT, words, [], 80, UNICODE, {}, cursor=3, marked=(words[1][0], words[3][1]))
    assert lines[0].plain == "        ══════════▾▾▾▾▾▾▾▾▾▾"
    assert lanes(TEXT, words, [], 80, ASCII, {}, cursor=0)[0].plain == "vvvvvvv"


@pytest.mark.parametrize(
    "text", [*HOSTILE, "", " ", "\n\n", "עברית שלום \u064b", "a" * 300, "東" * 300, "\u0301\u0301a"]
)
@pytest.mark.parametrize("width", [2, 7, 60])
def test_no_line_is_ever_too_wide(text: str, width: int) -> None:
    words = word_offsets(text)
    spans = [GroundedSpan(Span(start, end + 5, text or "x"), 3, ("x",), 0.5) for start, end in words]
    layers = [(text, spans), ("b", spans[::2]), ("c", [])]
    layout = Layout(text, words, width)
    assert "".join(text[row.start : row.end] for row in layout.rows) == text
    for glyphs in (UNICODE, ASCII):
        sheet = Sheet(layout, layers, glyphs, {}, cursor=words[0] if words else None)
        lines = sheet.lines()
        assert len(lines) == sheet.height
        assert all(line.cell_length - sheet.gutter <= width for line in lines)
        assert not any(ord(c) < 32 for line in lines for c in line.plain)


@example("a\n\u200d\n", 1, [])
@example("a \u200d ", 1, [])
@given(
    st.text("ab ,日\u0301\u200d\ufe0f\U0001f468ا\t\n", max_size=60),
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=6),
)
def test_lines_asked_for_singly_are_those_of_the_whole(text: str, width: int, places: list[tuple[int, int]]) -> None:
    layout = Layout(text, word_offsets(text), width)
    spans = [GroundedSpan(Span(start, start + size, "LOC")) for start, size in places]
    sheet = Sheet(layout, [("", spans)], UNICODE, {}, pointers=True)
    whole = [line.plain for line in sheet.lines()]
    assert [sheet.lines(n, 1)[0].plain for n in range(sheet.height)] == whole
    for word in word_offsets(text):
        start = layout.snap(*word)[0]
        cell, line = sheet.cell_of(start)
        assert layout.cells(start, sheet.offset_at(cell, line)) == 0
        top, block = sheet.block_of(start)
        assert top <= line < top + block


def test_a_line_of_100_kb_is_drawn_at_once_where_it_is_looked_at() -> None:
    text = ("Mkutano wa Arusha ujao na José " * 4_000)[:100_000]
    words = word_offsets(text)
    layout = Layout(text, words, 100)
    spans = [GroundedSpan(Span(start, end, "LOC")) for start, end in words[2::10]]
    sheet = Sheet(layout, [("LLM", spans), ("student", spans)], UNICODE, {}, pointers=True)
    began = time.perf_counter()
    for cursor in words[5_000:5_020]:
        top, _ = sheet.block_of(cursor[0])
        assert len(sheet.pointed(cursor).lines(top, 40)) == 40
    assert time.perf_counter() - began < 1.0
