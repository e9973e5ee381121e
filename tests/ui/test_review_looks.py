"""How the review looks: at every size, with foreign, long and hostile text, in ASCII and without colour."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path
from typing import cast

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from ui import snapshots
from ui.doubles import screen_text, until
from ui.project import Made, project, reached

from llmaaa_tui.core.annotation import GroundedSpan, ItemAnswer
from llmaaa_tui.core.document import Span
from llmaaa_tui.core.review import Exchange
from llmaaa_tui.core.states import State
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.glyphs import UNICODE
from llmaaa_tui.ui.screens.exchange import exchange_page, pretty, wrapped
from llmaaa_tui.ui.screens.review import ReviewScreen
from llmaaa_tui.ui.widgets.keybar import KeyBar
from llmaaa_tui.ui.widgets.lines import Lines

STORED = [text for text in snapshots.HOSTILE if text.encode("utf-8", "ignore").decode() == text]
LONG = "Waziri Jümä wa Dödoma amesema leo . " * 2800
HEBREW = "\u05e9\u05dc\u05d5\u05dd Dodoma \u05e2\u05d5\u05dc\u05dd " * 4


def labelled(*spans: tuple[int, int, str]) -> ItemAnswer:
    return ItemAnswer(State.LABELLED, tuple(GroundedSpan(Span(*span)) for span in spans))


def review(app: LoopApp) -> ReviewScreen:
    assert isinstance(app.place, ReviewScreen)
    return app.place


async def shown(pilot: Pilot[str]) -> None:
    app = cast(LoopApp, pilot.app)
    await reached(pilot, lambda: app.place.NAME == "review" and review(app).queue.item is not None)


def check(app: LoopApp) -> None:
    """Nothing harmful is drawn, every line is as wide as its widget, no data became a link."""
    for widget in app.screen.query(Lines):
        for y in range(widget.size.height):
            strip = widget.render_line(y)
            assert not {c for c in strip.text if unicodedata.category(c) in ("Cc", "Cs")}, strip.text
            assert "\u202e" not in strip.text
            assert sum(cell_len(segment.text) for segment in strip) == widget.size.width, strip.text
            if not isinstance(widget, KeyBar):
                assert not any(segment.style and "@click" in segment.style.meta for segment in strip), strip.text


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 60)])
async def test_hostile_text_is_drawn_as_text(tmp_path: Path, size: tuple[int, int]) -> None:
    texts = [*STORED, HEBREW]
    extra = {text: labelled((0, 1, "PER"), (0, len(text), "LOC")) for text in texts}
    made = project(tmp_path / "p", first=1, second=1, extra=extra)
    app = made.app("[red]ada[/]\x1b[31m")
    async with app.run_test(size=size, notifications=True) as pilot:
        await shown(pilot)
        for _ in range(len(texts) + 1):
            await pilot.press("tab")
            check(app)
            await pilot.press("n")
            await shown(pilot)
        await pilot.press("w")
        await until(pilot, "Why to look")
        check(app)
        await pilot.press("escape", "x")
        check(app)
        assert app.is_running


async def test_a_long_sentence_scrolls_and_costs_little(tmp_path: Path) -> None:
    spans = tuple((at, at + 11, "PER") for at in range(0, len(LONG) - 40, 36 * 50))
    made = project(tmp_path / "p", first=1, second=1, extra={LONG: labelled(*spans)})
    app = made.app("ada")
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        place = review(app)
        queue = place.queue
        while queue.item is None or queue.item.text != LONG:
            await pilot.press("n")
        assert "PgDn PgUp" in screen_text(app)
        assert "why picked" in screen_text(app), "what helps to decide stays in sight"
        before = screen_text(app)
        await pilot.press("pagedown")
        assert screen_text(app) != before
        await pilot.press("pageup")
        assert screen_text(app) == before
        begun = time.process_time()
        for _ in range(20):
            place.action_page(1)
        assert time.process_time() - begun < 1.0, "only the lines in sight are made"
        await pilot.press("e")
        await until(pilot, "Mend")
        await pilot.press("escape", "a")
        await reached(pilot, lambda: made.rows("SELECT verdict FROM decision") == [("accept",)])


async def test_ascii_without_colour(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMAAA_ASCII", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    app = made.app("ada")
    async with app.run_test(size=(200, 60)) as pilot:
        await shown(pilot)
        await pilot.press("n")
        await until(pilot, "LLM vote")
        text = screen_text(app)
        assert text.isascii(), {character for character in text if not character.isascii()}
        await pilot.press("tab", "tab", "tab")
        text = screen_text(app)
        assert "+ student" in text
        assert "<difference>" in text
        await pilot.press("x")
        text = await until(pilot, "out of training")
        assert text.isascii(), {character for character in text if not character.isascii()}


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_what_matters_is_in_sight_at_every_size(made: Made, size: tuple[int, int]) -> None:
    app = made.app("ada")
    async with app.run_test(size=size) as pilot:
        await shown(pilot)
        await pilot.press("n")
        text = " ".join((await until(pilot, "2 of 20")).split())
        for words in (
            "most suspicious first",
            "2 of 20",
            "the run waits for 14 of these",
            "0 mended · 0 rejected · undo 0 · ada",
            "LLM vote",
            "student .90 2 differ",
            "why here the student disagrees on",
            "why picked least confidence .83, rank 12 of 14, round 2 · nearest demonstrations #",
            "cost 824 in (87 % cached) + 62 out = $0.0014",
            "human cost not measured yet",
            "a accept x reject space skip e mend",
        ):
            assert words in text or (words.startswith("0 mended") and "0 rejected" in text), words
        assert all(len(line) <= size[0] for line in screen_text(app).splitlines())


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return project(tmp_path / "p")


async def test_made_pictures_have_nothing_to_decide() -> None:
    from ui.doubles import Shown, Told

    app = LoopApp(Shown(snapshots.ended(3)), Told(), place="review")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, "There is nothing to decide on made pictures.")
        await pilot.press("a", "x", "u", "tab", "n", "o", "w", "r", "enter", "space", "e", "pagedown", "A", "m", "f")
        await until(pilot, "Nothing can be decided in made")
        assert {note.message for note in app._notifications} == {"Nothing can be decided in made pictures."}


def test_raw_json_is_laid_out_and_anything_else_left_alone() -> None:
    assert pretty('{"a": "x\\ny", "b": "c:\\\\new"}') == '{\n  "a": "x\n    y",\n  "b": "c:\\\\new"\n}'
    assert pretty("[{") == "[{"
    assert pretty("") == ""
    assert wrapped("abcde\n\nf", 2) == ["ab", "cd", "e", "", "f"]
    assert wrapped("日本語a", 5) == ["日本", "語a"]
    found = (Exchange("k" * 64, "m", 0, '{"x": "\\u001b[31m"}', "\x1b]52;c;x\x07", "settled", "2026-11-21T10:00:00"),)
    lines = exchange_page(found, UNICODE, 40)
    assert not {c for line in lines for c in line.plain if unicodedata.category(c) == "Cc"}
    assert max(line.cell_length for line in lines) <= 40
    assert exchange_page((), UNICODE, 40)[0].plain.startswith("No request")


async def test_the_queue_beside_the_sentence_can_be_jumped_to_and_the_sentence_copied(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(200, 60)) as pilot:
        await shown(pilot)
        place = review(app)
        await until(pilot, "n0")
        targets = place.targets()
        assert len(targets) == 20
        region, go = targets[5]
        assert screen_text(app).splitlines()[region.y].count("Waziri") == 1
        go()
        await reached(pilot, lambda: place.queue.here == 5 and place.queue.item is not None)
        assert "6 of 20" in screen_text(app)
        chosen = place.chosen()
        assert chosen is not None
        assert chosen[0].startswith("Waziri")
        assert chosen[1]["strategy"] == "least_confidence"
        await pilot.press("G")
        assert "20 of 20" in await until(pilot, "20 of 20")
        await pilot.press("home")
        assert "1 of 20" in await until(pilot, "1 of 20")


async def test_a_screen_made_wider_shows_the_queue_with_its_texts(made: Made) -> None:
    app = made.app("ada")
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        assert "Queue" not in screen_text(app)
        await pilot.resize_terminal(200, 60)
        text = await until(pilot, "n0")
        assert "20 left" in text
        assert text.count("Mvua kubwa") >= 4
        await pilot.resize_terminal(40, 10)
        assert "too small" in await until(pilot, "too small")
