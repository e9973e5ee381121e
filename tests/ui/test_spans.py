"""An item on one line: nested spans, pairs, scripts of all kinds; nothing of the text is lost or moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from llmaaa_tui.core.annotation import GroundedClass, GroundedSpan
from llmaaa_tui.core.document import Pair, Span
from llmaaa_tui.core.review import Said
from llmaaa_tui.core.tokens import word_offsets
from llmaaa_tui.ui.cells import safe
from llmaaa_tui.ui.glyphs import ASCII, UNICODE
from llmaaa_tui.ui.shapes.classes import Paragraph
from llmaaa_tui.ui.spans import GLUE, chips, marked, tagged
from llmaaa_tui.ui.view import View


def drawn(text: str, *spans: tuple[int, int, str], pair: Pair | None = None) -> str:
    return tagged(text, [GroundedSpan(Span(*span)) for span in spans], {}, UNICODE, pair).plain


def test_a_span_in_another_is_drawn_in_it() -> None:
    text = "Bank of China in Rome"
    assert drawn(text, (0, 13, "ORG"), (8, 13, "LOC")) == "‹Bank of ‹China LOC› ORG› in Rome"
    assert drawn(text, (0, 13, "ORG"), (0, 4, "X"), (17, 21, "LOC")) == "‹‹Bank X› of China ORG› in ‹Rome LOC›"
    assert drawn(text, (0, 13, "A"), (0, 13, "B")) == "‹‹Bank of China B› A› in Rome"


def test_a_span_that_crosses_another_is_counted() -> None:
    assert drawn("a b c", (0, 3, "X"), (2, 5, "Y")) == "‹a b X› c +1"


def test_head_and_tail_are_numbered_with_their_kinds() -> None:
    text = "Ada of Rome"
    assert drawn(text, pair=Pair((0, 3), (7, 11))) == "[1 Ada] of [2 Rome]"
    assert drawn(text, pair=Pair((7, 11), (0, 3), "LOC", "PER")) == "[2 Ada PER] of [1 Rome LOC]"
    assert drawn(text, pair=Pair((0, 11), (7, 11))) == "[1 Ada of [2 Rome]]", "one in the other"
    assert drawn(text, pair=Pair((0, 6), (4, 11))) == "[1 Ada [2 of 1] Rome 2]", "across: each end says whose it is"
    assert drawn(text, pair=Pair((0, 3), (3, 6))) == "[1 Ada][2  of] Rome"


def test_classes_are_chips_with_how_sure_they_are() -> None:
    found = (GroundedClass("Kill"), GroundedClass("Live_In", 0.58), GroundedClass("No", 1.0))
    assert chips(found, {}, UNICODE).plain == "‹Kill› ‹Live_In .58› ‹No›"
    assert chips(found[:1], {}, ASCII).plain == "<Kill>"


SIGNS = "ab ,'東京שלום\u0627\u064bاe\u0301\u200d\ufe0f\U0001f468\U0001f469\t\n\x00\u0e01\u0e33\u202e"


@given(
    st.text(st.sampled_from(SIGNS), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8), st.sampled_from("XY")), max_size=4),
    st.tuples(st.integers(0, 29), st.integers(1, 6), st.integers(0, 29), st.integers(1, 6)),
)
def test_whatever_is_marked_the_text_stays_as_it_is(
    text: str, spans: list[tuple[int, int, str]], at: tuple[int, int, int, int]
) -> None:
    head, tail = (at[0], at[0] + at[1]), (at[2], at[2] + at[3])
    pair = Pair(head, tail) if head != tail else None
    grounded = [GroundedSpan(Span(start, start + size, label)) for start, size, label in spans]
    made = marked(text, grounded, {}, UNICODE, pair)
    kept: list[str] = []
    done = 0
    for offset, characters in made.put:  # without what was put in, the cleaned text is there sign by sign
        start = offset + sum(characters for _, characters in made.put[: len(kept)])
        kept.append(made.text[done:start])
        done = start + characters
    assert "".join([*kept, made.text[done:]]) == "\n".join(safe(line) for line in text.split("\n"))
    assert all(0 <= start <= end <= len(made.text) for start, end, _style in made.styles)
    assert "\u202e" not in made.text


@pytest.mark.parametrize("width", [10, 24, 60])
@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("高勇先生1981年毕业于中央财经大学会计系", Pair((0, 2), (12, 18), "NAME", "ORG")),
        ("דוד בן גוריון נולד בפלונסק שבפולין", Pair((0, 13), (19, 26))),
        ("काठमाडौँ नेपालको राजधानी हो", Pair((0, 8), (9, 15))),
        ("M'bale n'ha s'ifuna u'Nomvula Emthatha", Pair((22, 29), (30, 38))),
        ("x" * 200, Pair((0, 3), (100, 150))),
    ],
)
def test_a_paragraph_of_any_script_keeps_to_its_width(text: str, pair: Pair, width: int) -> None:
    view = View()
    layers = (("LLM", Said(classes=(GroundedClass("born_in", 0.5),))), ("student", Said()))
    page = Paragraph(text, word_offsets(text), pair, layers, width, view)
    lines = [line.plain for line in page.lines()]
    assert all(cell_len(line) <= width for line in lines)
    assert lines[-2].startswith("LLM")
    whole = "".join("".join(line.split()) for line in lines[:-2])
    start, end = pair.head
    assert f"[1{''.join(safe(text[start:end]).split())}" in whole
    assert GLUE not in "".join(lines)
    assert page.height == len(lines)
    assert [line.plain for line in page.lines(1, 3)][-2:] == lines[-2:], "answers stay in sight while the text scrolls"
