"""The help page: complete, of the keys in force, at every width, and the same without Unicode."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from ui import snapshots
from ui.doubles import Shown, Told, until

from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.glyphs import ASCII
from llmaaa_tui.ui.keys.registry import SCREENS
from llmaaa_tui.ui.marks import marks
from llmaaa_tui.ui.screens.help import ROOM, WIDTH, page
from llmaaa_tui.ui.shell.keymaps import Keymap


@pytest.mark.parametrize("width", [76, 104, 150])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_command_stands_on_the_page(screen: str, width: int) -> None:
    text = page(SCREENS[screen], [], width).plain
    for command in SCREENS[screen]:
        if command.group == "go" and command.id not in ("go.chord", "go.back"):
            continue
        if command.id.rpartition("_")[2].isdigit():
            assert "1-9" in text
            continue
        assert command.shown in text, command.id
        assert command.says in text or command.word in text, command.id
    assert all(cell_len(line.rstrip()) <= width for line in text.splitlines())


@pytest.mark.parametrize("screen", SCREENS)
def test_the_first_own_keys_need_no_scrolling_at_80_columns(screen: str) -> None:
    lines = page(SCREENS[screen], []).plain.splitlines()
    first = [command for command in SCREENS[screen] if not command.id.rpartition("_")[2].isdigit()][:8]
    for command in first:
        assert any(command.shown in line for line in lines[:ROOM]), command.id
    assert "Everywhere" in lines[0]


def test_it_can_be_drawn_without_unicode() -> None:
    for commands in SCREENS.values():
        text = page(Keymap().on(commands, ascii_only=True), marks(ASCII)).plain
        assert all(line.isascii() for line in text.splitlines() if "nothing here" not in line)


async def test_a_long_page_scrolls_by_keys_and_closes() -> None:
    app = LoopApp(Shown(snapshots.working(4)), Told())
    async with app.run_test(size=(80, 16)) as pilot:
        await until(pilot, "annotating")
        await pilot.press("question_mark")
        await until(pilot, "esc closes")
        box = app.screen.query_one("#help")
        assert box.max_scroll_y > 0
        await pilot.press("pagedown")
        assert box.scroll_y > 0
        await pilot.press("k")
        await pilot.press("question_mark")
        assert app.screen is app._loop_screen


def test_lines_are_for_the_narrowest_frame() -> None:
    from llmaaa_tui.ui.glyphs import UNICODE

    assert all(line.cell_length <= WIDTH for glyphs in (ASCII, UNICODE) for line in marks(glyphs))
