"""What is sent to the terminal: nothing twice in a row, and a project that is gone is said on every screen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ui.doubles import until
from ui.project import project
from ui.pty_app import FRAME_END, PtyApp

from llmaaa_tui.store import runs
from llmaaa_tui.ui.app import LoopApp


def test_the_chord_costs_a_line_and_coming_back_from_a_window_one_page() -> None:
    with PtyApp("working") as app:
        app.until(b"swahili-news")
        app.settle(0.5)
        app.press(b"g")
        asked = app.read(0.4)
        app.press(b"x")
        answered = app.read(0.4)
        assert b"Budget" in asked
        assert len(asked) + len(answered) <= 2500
        app.press(b"?")
        app.settle(0.5)
        app.press(b"\x1b")
        frames = [frame for frame in app.read(0.8).split(FRAME_END) if len(frame) > 2000]
        assert len(frames) == 1


async def test_a_project_that_was_deleted_is_said_on_every_screen(tmp_path: Path) -> None:
    made = project(tmp_path / "p")
    app: LoopApp = made.app("ada")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "most suspicious first")
        assert app.place.NAME == "review"
        shutil.rmtree(made.folder)
        assert "cannot be read" in await until(pilot, "cannot be read")
        await pilot.press("f1")
        assert "The project cannot be read: it is no longer there" in await until(pilot, "no longer there")


async def test_what_is_ours_is_ascii_where_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMAAA_ASCII", "1")
    made = project(tmp_path / "p")
    store = made.store()
    runs.log_event(store, "picked", "picked 50 of 6,443 · scores 0.06 – 0.91 …")
    store.close()
    app: LoopApp = made.app("ada")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "most suspicious first")
        for keys, words in ((["e", "question_mark"], "esc closes"), (["ctrl+p"], "round 3"), (["f7", "tab"], "scores")):
            await pilot.press(*keys)
            seen = await until(pilot, words)
            assert words in seen
            assert seen.isascii(), [line for line in seen.splitlines() if not line.isascii()]
            await pilot.press("escape", "escape")
