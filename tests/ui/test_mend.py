"""Mending a sentence by keys in the real application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot
from ui import doubles, snapshots

from llmaaa_tui.core.annotation import GroundedSpan
from llmaaa_tui.core.document import Span
from llmaaa_tui.core.review import Layer, ReviewItem
from llmaaa_tui.core.states import State
from llmaaa_tui.core.tokens import word_offsets
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.screens.mend import MendScreen
from llmaaa_tui.ui.shapes import Mended

LABELS = ("PER", "ORG", "LOC", "DATE")
TEXT = "Waziri Kassim Majaliwa alikutana na Kassim wa Arusha , Arusha mjini"
ARUSHA = Span(46, 52, "LOC")


def item(text: str = TEXT, spans: Sequence[Span] = (ARUSHA,)) -> ReviewItem:
    llm = Layer(1, "llm", "m", State.LABELLED, tuple(GroundedSpan(span) for span in spans))
    student = Layer(2, "student", "s", State.LABELLED, (GroundedSpan(Span(7, 13, "PER"), 1, (), 0.58),))
    return ReviewItem(7, text, word_offsets(text), llm=llm, student=student, name="s7")


class Open:
    """A mend screen in the running application, and what it gave back."""

    def __init__(self, pilot: Pilot[str], screen: MendScreen) -> None:
        self.pilot = pilot
        self.screen = screen
        self.given: list[Mended | None] = []

    async def press(self, *keys: str) -> str:
        await self.pilot.press(*keys)
        await self.pilot.pause()
        return self.seen()

    def seen(self) -> str:
        assert isinstance(self.pilot.app, LoopApp)
        return doubles.screen_text(self.pilot.app)

    def spans(self) -> list[tuple[str, str]]:
        return [(self.screen.item.text[s.start : s.end], s.label) for s in self.screen.mending.spans]


@asynccontextmanager
async def opened(
    made: ReviewItem,
    *,
    size: tuple[int, int] = (80, 24),
    labels: tuple[str, ...] = LABELS,
    blind: bool = False,
    heading: str = "",
) -> AsyncIterator[Open]:
    app = LoopApp(doubles.Shown(snapshots.working(2)), doubles.Told())
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        spans = [grounded.span for grounded in made.llm.spans] if made.llm else []
        screen = MendScreen(made, labels, app.view, blind=blind, spans=spans, heading=heading)
        window = Open(pilot, screen)
        app.push_screen(screen, window.given.append)
        await pilot.pause()
        await pilot.pause()
        yield window


async def test_labels_are_given_and_changed_by_keys_alone() -> None:
    async with opened(item()) as window:
        seen = window.seen()
        assert "you" in seen
        assert "student" in seen
        assert "1 PER   2 ORG   3 LOC   4 DATE" in seen
        assert "▾▾▾▾▾▾" in seen
        seen = await window.press("g", "right", "v", "right", "1")
        assert 'PER "Kassim Majaliwa"' in seen
        assert "╰PER──────────╯" in seen
        await window.press("left_square_bracket")
        assert ("Waziri Kassim Majaliwa", "PER") in window.spans()
        await window.press("left_curly_bracket", "right_curly_bracket", "2")
        assert window.spans() == [("Kassim", "ORG"), ("Arusha", "LOC")]
        await window.press("u", "u", "u")
        assert window.spans()[0] == ("Waziri Kassim Majaliwa", "PER")
        await window.press("U", "U", "U", "j", "d", "enter")
    (given,) = window.given
    assert given is not None
    assert given.labels.spans == (Span(7, 13, "ORG"),)
    assert 0 < given.seconds < 60


async def test_the_same_mention_is_shown_before_it_is_labelled() -> None:
    async with opened(item()) as window:
        seen = await window.press("asterisk")
        assert '1 more place with "Arusha": enter labels LOC, esc does not' in seen
        assert "∗∗∗∗∗∗" in seen
        await window.press("escape")
        assert window.given == []
        assert window.spans() == [("Arusha", "LOC")]
        await window.press("asterisk", "enter")
        assert window.given == []
        assert window.spans() == [("Arusha", "LOC"), ("Arusha", "LOC")]


async def test_escape_lets_go_first_and_then_leaves_and_says_so() -> None:
    async with opened(item()) as window:
        await window.press("d", "v", "right", "escape")
        assert window.given == []
        await window.press("escape")
        assert window.given == [None]
        seen = await doubles.until(window.pilot, "left as it")
        assert "changes to it are dropped" in seen


async def test_blind_shows_nobodys_labels() -> None:
    async with opened(item(), blind=True, heading="blind sample 12 of 59") as window:
        seen = window.seen()
        assert "blind sample 12 of 59" in seen
        assert "nobody's labels are shown" in seen
        for word in ("LLM", "student", "╰"):
            assert word not in seen
        assert window.spans() == []
        seen = await window.press("o")
        assert "LLM" not in seen
        await window.press("a")
        assert window.given == [], "the key that accepts in the review says nothing here"
        await window.press("enter")
    assert window.given[0] is not None
    assert window.given[0].labels.spans == ()


async def test_any_label_by_typing_and_the_last_one_again() -> None:
    labels = (*(f"label-{n}" for n in range(30)), "creative-work")
    async with opened(item(spans=()), labels=labels) as window:
        seen = window.seen()
        assert "l 21 more" in seen
        seen = await window.press("l", *"crea")
        assert "▸ creative-work" in seen
        await window.press("enter", "right", "full_stop")
        assert window.spans() == [("Waziri", "creative-work"), ("Kassim", "creative-work")]
        await window.press("l", "down", "tab", "up", "enter")
        assert window.spans()[1] == ("Kassim", "label-1")
        await window.press("l", *"zzz", "enter", "escape")
        assert window.spans()[1] == ("Kassim", "label-1")


async def test_by_character_and_split() -> None:
    async with opened(item(spans=(Span(7, 22, "PER"),))) as window:
        seen = await window.press("comma", "right_curly_bracket")
        assert "edges by character" in seen
        assert window.spans() == [("Kassim Majaliw", "PER")]
        await window.press("right", "t")
        assert window.spans() == [("Kassim", "PER"), ("Majaliw", "PER")]
        await window.press("D")
        assert window.spans() == []
        await window.press("u", "k", "3")
        assert window.spans()[0] == ("Kassim", "LOC")


async def test_up_down_home_and_end_go_by_the_drawn_lines() -> None:
    long = " ".join(f"neno{n}" for n in range(60))
    async with opened(item(long, ())) as window:
        words = [long[start:end] for start, end in word_offsets(long)]

        async def after(*keys: str) -> str:
            await window.press(*keys)
            return words[window.screen.mending.cursor]

        top = window.screen._paper.sheet
        assert top is not None
        second = long[top.layout.rows[1].start : top.layout.rows[1].end].split()
        assert await after("down") == second[0]
        assert await after("end") == second[-1]
        assert await after("home") == second[0]
        assert await after("up") == words[0]
        assert await after("G") == words[-1]
        assert words[-1] in window.seen()
        assert await after("up", "g") == words[0]


async def test_the_mouse_sets_the_cursor_selects_and_gives_labels() -> None:
    async with opened(item(spans=())) as window:
        paper = window.screen._paper
        sheet = paper.sheet
        assert sheet is not None
        x, y = sheet.cell_of(TEXT.index("Kassim"))
        to, _ = sheet.cell_of(TEXT.index("Majaliwa"))
        await window.pilot.mouse_down(paper, offset=(x + 1, y))
        await window.pilot.hover(paper, offset=(to + 1, y))
        await window.pilot.mouse_up(paper, offset=(to + 1, y))
        await window.pilot.pause()
        assert window.screen.mending.selection == (7, 22)
        foot = window.screen._foot
        legend = doubles.screen_text(window.pilot.app).splitlines()[foot.region.y + 1]  # type: ignore[arg-type]
        await window.pilot.click(foot, offset=(legend.index("PER"), 1))
        await window.pilot.pause()
        assert window.spans() == [("Kassim Majaliwa", "PER")]


@pytest.mark.parametrize("text", [*snapshots.HOSTILE, "", " \n ", "עברית שלום", "東京" * 200])
async def test_hostile_text_is_only_text(text: str) -> None:
    made = item(text, ())
    async with opened(made, size=(60, 15), labels=(*snapshots.HOSTILE[:9], "PER")) as window:
        seen = await window.press("v", "right", "1", "right", "2", "asterisk", "comma", "right_square_bracket", "o")
        assert not any(ord(c) < 32 and c != "\n" for c in seen)
        assert all(span.end <= len(text) for span in window.screen.mending.spans)
        await window.press("escape", "enter")
    assert window.given


async def test_a_span_inside_another_by_keys_and_both_are_drawn() -> None:
    async with opened(item(spans=(Span(7, 22, "PER"),))) as window:
        seen = await window.press("v", "2")
        assert window.spans() == [("Kassim", "ORG"), ("Kassim Majaliwa", "PER")]
        assert 'ORG "Kassim" inside PER' in seen
        assert seen.count("PER") > 1
        seen = await window.press("o", "o", "g", "right")
        assert "1 of 2 here, j goes on" in seen
        assert "you" in seen
        await window.press("j", "d")
        assert window.spans() == [("Kassim", "ORG")], "the outer one was gone to and deleted"
