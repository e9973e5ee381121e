"""Foreign text is data on every widget: it cannot style, link, move the cursor, crash the app or break the grid."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.content import Content
from ui import snapshots
from ui.doubles import Shown, Told, links, screen_text, until

from llmaaa_tui.core.snapshot import Snapshot
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.cells import cut, ends, fill, fit, safe, snap
from llmaaa_tui.ui.glyphs import ASCII, UNICODE
from llmaaa_tui.ui.messages import Ask
from llmaaa_tui.ui.screens.sentence import describe
from llmaaa_tui.ui.spans import colours, tagged
from llmaaa_tui.ui.view import View
from llmaaa_tui.ui.widgets.keybar import KeyBar
from llmaaa_tui.ui.widgets.lines import Lines

BIDI = set(map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def harmful(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cs") or c in BIDI}


def check(app: LoopApp, text: str) -> None:
    """Nothing harmful is drawn, no widget draws wider than it is, and no data became a link."""
    assert app.is_running
    for widget in app._loop_screen.query(Lines):
        for y in range(widget.size.height):
            strip = widget.render_line(y)
            assert not harmful(strip.text), (text, widget.id)
            assert strip.cell_length == widget.size.width, (text, widget.id)
            assert sum(cell_len(segment.text) for segment in strip) == widget.size.width, (text, widget.id)
            if not isinstance(widget, KeyBar):
                assert not any(segment.style and "@click" in segment.style.meta for segment in strip), (text, widget.id)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_hostile_text_through_every_widget(size: tuple[int, int]) -> None:
    source = Shown(snapshots.empty())
    app = LoopApp(source, Told())
    async with app.run_test(size=size) as pilot:
        await until(pilot, "Not started")
        for text in snapshots.HOSTILE:
            bad = snapshots.hostile(text)
            states: list[Snapshot] = [bad, replace(bad, worker=replace(bad.worker, state="lost"))]
            states.append(replace(bad, worker=replace(bad.worker, state=text), progress=None, ended=None))
            for state in states:
                app._show(replace(app.view, snapshot=state))
                check(app, text)
            if size[0] < 100:
                for panel in ("curve", "money", "log", "batch"):
                    app._loop_screen._panel = panel
                    app._show(replace(app.view, snapshot=bad))
                    await pilot.pause()
                    check(app, text)
            app._show(replace(app.view, problem=text))
            await pilot.pause()
            check(app, text)


async def test_hostile_text_in_the_sentence_view_and_in_toasts() -> None:
    source = Shown(snapshots.hostile(snapshots.HOSTILE[0]))
    controls = Told()
    app = LoopApp(source, controls)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "Rounds")
        await pilot.press("home", "enter")
        await until(pilot, "why picked")
        for text in snapshots.HOSTILE:
            source.put(snapshots.hostile(text))
            await pilot.pause(0.15)
            controls.error = RuntimeError(text)
            app.post_message(Ask("pause"))
            await pilot.pause()
            assert app.is_running
            seen = screen_text(app)
            assert "why picked" in seen
            assert not harmful(seen.replace("\n", "")), text
            assert not [link for link in links(app) if "quit" in str(link)]


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("text", snapshots.HOSTILE)
def test_describing_a_hostile_sentence(text: str, glyphs: object) -> None:
    snapshot = snapshots.hostile(text)
    view = View(snapshot, glyphs=glyphs)  # type: ignore[arg-type]
    for item in snapshot.batch:
        content = describe(item, view, 4)
        assert not harmful(content.plain.replace("\n", ""))
        assert all(isinstance(span.style, str) and "click" not in span.style for span in content.spans)


def test_tags_stand_around_their_spans_whatever_the_cleaning_replaced() -> None:
    text = "a\x1bb \u202eSamia\u202c yupo"
    start = text.index("Samia")
    grounded = snapshots.span(start, start + 5, "PER")
    shown = tagged(text, (grounded,), colours(("PER",)), UNICODE).plain
    assert "‹Samia PER›" in shown
    assert not harmful(shown)


def test_overlapping_and_overlong_spans_draw_once_and_lose_no_text() -> None:
    text = "Benki Kuu ya Tanzania"
    spans = tuple(snapshots.span(*place, "ORG") for place in ((0, 9), (6, 21), (13, 99), (40, 50)))
    shown = tagged(text, spans, colours(("ORG",)), UNICODE).plain
    assert shown == "‹Benki Kuu ORG› ya ‹Tanzania ORG› +1", "one crosses the first"


def test_a_tag_never_parts_a_mark_from_its_letter() -> None:
    text = "cafe\u0301 Léo"
    assert snap(text, 0, 4) == (0, 5)
    shown = tagged(text, (snapshots.span(0, 4, "LOC"),), colours(("LOC",)), UNICODE).plain
    assert shown.startswith("‹cafe\u0301 LOC›")
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467 x"
    assert snap(family, 1, 2) == (0, 5)


@pytest.mark.parametrize(
    "text", [*snapshots.HOSTILE[:7], "日本語のテキスト", "e\u0301" * 9, "\U0001f468\u200d\U0001f469" * 4]
)
def test_cutting_counts_cells_and_keeps_graphemes(text: str) -> None:
    for width in range(12):
        short = fit(text, width)
        assert cell_len(short) <= width
        assert not short.endswith("\u200d…")
        content = Content.styled(text, "bold")
        assert cut(content, width).cell_length <= width
        assert fill(content, width).cell_length == width
        assert ends(content, Content("ab"), width).cell_length == width
    assert fit(text, 99) == text


@pytest.mark.parametrize("text", ["x\u200d", "\u200dx", "a\u200db", "\ufe0f1", "\u200d\u200d", "क्\u200dष"])
def test_a_joiner_that_joins_nothing_takes_no_cell_from_its_neighbour(text: str) -> None:
    shown = safe(text)
    assert len(shown) == len(text)
    assert cell_len(f"[{shown}]") == cell_len("[") + cell_len(shown) + cell_len("]")


def test_a_family_stays_together() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f\u200d\U0001f525"
    assert safe(family) == family
