"""The application around the screens: errors in full, the mouse, colours, the palette, files one may only read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ui import snapshots
from ui.doubles import Shown, Told, screen_text, told, until
from ui.pty_app import PtyApp

from llmaaa_tui.errors import LlmaaaError
from llmaaa_tui.ui import env
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.screens.trouble import last_lines, page
from llmaaa_tui.ui.shell.travel import step
from llmaaa_tui.ui.shell.troubles import KEPT, Troubles


def app(**more: object) -> tuple[LoopApp, Told]:
    controls = Told()
    return LoopApp(Shown(snapshots.working(4)), controls, **more), controls  # type: ignore[arg-type]


# -- errors ---------------------------------------------------------------------------------------


async def test_an_error_is_one_line_and_e_has_the_rest(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)) + "\x1b[31m[b]last[/x]\n")
    loop, controls = app(log=log)
    controls.error = ValueError("the [b]disk[/x] is full\x1b]52;c;eA==\x07")
    async with loop.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "31/50")
        await pilot.press("p")
        await until(pilot, "pause failed")
        assert "Traceback" not in screen_text(loop)
        await pilot.press("E")
        text = await until(pilot, "line 99")
        assert "Errors: 1" in text
        assert "UTC  llmaaa  pause failed: the [b]disk[/x] is full␛]52;c;eA==␇" in text
        assert "Traceback" in text
        assert "ValueError: the [b]disk[/x] is full␛]52" in text
        assert str(log) in text.replace("\n", "") or "worker.log" in text
        await pilot.press("pagedown", "pagedown", "E")
        assert loop.screen is loop._loop_screen


async def test_a_refusal_of_ours_is_kept_too_and_without_errors_it_says_so() -> None:
    loop, controls = app()
    controls.error = LlmaaaError("worker 4711 holds the project")
    async with loop.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "31/50")
        await pilot.press("E")
        assert "Nothing has gone wrong" in await until(pilot, "Nothing has gone wrong")
        await pilot.press("escape", "p")
        await until(pilot, "4711 holds")
        await pilot.press("E")
        assert "llmaaa  worker 4711 holds the project" in await until(pilot, "Errors: 1")


async def test_a_toast_says_how_bad_it_is_without_colour_and_without_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    for plain, marks in (("0", ("✗ ", "▲ ", "±")), ("1", ("x ", "! ", "+-"))):
        monkeypatch.setenv("LLMAAA_ASCII", plain)
        loop, _controls = app()
        async with loop.run_test(size=(120, 36), notifications=True) as pilot:
            await until(pilot, "31/50")
            loop.notify("± one", severity="error", markup=False)
            loop.notify("± two", severity="warning", markup=False)
            loop.notify("± three", markup=False)
            text = await until(pilot, "three")
            assert f"{marks[0]}{marks[2]} one" in text
            assert f"{marks[1]}{marks[2]} two" in text
            assert f" {marks[2]} three" in text
            lines = [line for line in text.splitlines() if any(word in line for word in ("one", "two", "three"))]
            assert plain == "0" or all(line.isascii() for line in lines)


def test_the_last_fifty_are_kept_newest_first() -> None:
    troubles = Troubles()
    for number in range(70):
        troubles.add(f"error {number}", "loop")
    assert len(troubles) == KEPT == 50
    assert [trouble.what for trouble in troubles][:2] == ["error 69", "error 68"]
    assert "error 69" in page(troubles, None, []).plain


def test_the_end_of_a_log_of_any_size(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    assert last_lines(log) == ["There is no log yet: no worker has run here."]
    log.write_text("")
    assert last_lines(log) == ["It is empty."]
    log.write_bytes(b"x" * 100_000 + b"\nlast \xff\n")
    assert last_lines(log) == ["last �"]
    log.write_text("\n".join(f"line {number}" for number in range(5000)))
    assert last_lines(log)[0] == "line 4980"
    assert last_lines(tmp_path) == ["It cannot be read: Is a directory."]


# -- the terminal ---------------------------------------------------------------------------------


def test_the_mouse_is_left_and_taken_on_a_real_terminal() -> None:
    with PtyApp("working") as terminal:
        terminal.until(b"swahili-news")
        terminal.settle(0.4)
        assert b"\x1b[?1003h" in terminal.output
        terminal.press(b"M")
        assert b"\x1b[?1003l" in terminal.read(0.6)
        terminal.press(b"M")
        assert b"\x1b[?1003h" in terminal.read(0.6)


@pytest.mark.parametrize(
    ("numbers", "here", "by", "there"),
    [([], None, -1, None), ([1], None, -1, None), ([1, 2, 3], None, -1, 2), ([1, 2, 3], 1, -1, 1),
     ([1, 2, 3], 2, 1, None), ([1, 2, 3, 4], 2, 1, 3), ([2, 3, 4], 1, -1, 3)],
)  # fmt: skip
def test_steps_in_time(numbers: list[int], here: int | None, by: int, there: int | None) -> None:
    assert step(numbers, here, by) == there


# -- colours --------------------------------------------------------------------------------------


@pytest.mark.parametrize("colour", ["256", "16", "none"])
@pytest.mark.parametrize("theme", ["llmaaa-dark", "llmaaa-light"])
def test_every_colour_system_shows_the_same_words(theme: str, colour: str) -> None:
    environ = {"LLMAAA_COLOR": colour, "LLMAAA_THEME": theme}
    env.apply(environ)
    with PtyApp("working", environ=environ) as terminal:
        terminal.until(b"LOC?")
        terminal.settle(0.3)
        for words in ("SIMULATED", "● alive", "✗", "▸", "62 %"):
            assert words.encode() in terminal.output
        assert b"38;2;" not in terminal.output, "no true colour where it was not asked for"
        if colour == "16":
            assert b"38;5;" not in terminal.output


async def test_an_unknown_theme_falls_back_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMAAA_THEME", "solarised")
    monkeypatch.setenv("COLORFGBG", "0;15")
    loop, _controls = app()
    assert loop.theme == "llmaaa-light"
    assert "theme: 'solarised' is none; there are " in loop.problems[0]


@pytest.mark.long
async def test_a_theme_is_shown_while_one_looks_at_it_and_kept_once_chosen(tmp_path: Path) -> None:
    loop, _controls = app(state=tmp_path)
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        for leave in (True, False):
            await pilot.press("ctrl+p")
            await until(pilot, "Search for commands")
            await pilot.press(*"nord")
            await until(pilot, "theme: nord")
            for _ in range(100):
                await pilot.pause(0.02)
                if loop.theme == "nord":
                    break
                await pilot.press("down")
            assert loop.theme == "nord", "looked at"
            await pilot.press("escape" if leave else "enter")
            await pilot.pause(0.1)
            if leave:
                assert loop.theme == "llmaaa-dark"
                assert not (tmp_path / "theme.json").exists()
        assert loop.theme == "nord"
        for _ in range(100):
            await pilot.pause(0.02)
            if (tmp_path / "theme.json").exists():
                break
    again, _controls = app(state=tmp_path)
    assert again.theme == "nord"


async def test_the_palette_runs_what_the_screen_can_do_and_names_its_key() -> None:
    loop, controls = app()
    found = {command.title: command for command in loop.get_system_commands(loop._loop_screen)}
    assert found["run: pause or resume"].help.endswith("Key: p")
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        loop.call_later(found["run: pause or resume"].callback)
        assert await told(pilot, controls, 1) == ["pause"]
    readonly, _controls = app(readonly=True)
    titles = {command.title for command in readonly.get_system_commands(readonly._loop_screen)}
    assert "run: pause or resume" not in titles
    assert "look: keys and marks" in titles


# -- what only others may write -------------------------------------------------------------------

LOOK = """
import os, sys
from pathlib import Path
import encodings.utf_8_sig
import llmaaa_tui.ui.run
from llmaaa_tui.cli.view import open_reader
from llmaaa_tui.store import reader, reader_rounds
folder = Path(sys.argv[1])
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
before = sorted(os.listdir(folder))
_paths, _settings, opened = open_reader(folder)
opened.version()
print(opened.snapshot().project)
opened.close()
assert sorted(os.listdir(folder)) == before, "nothing was written"
try:
    (folder / "new").write_text("")
    print("could write")
except PermissionError:
    print("may only read")
"""


def test_a_colleague_may_look_at_a_project_they_can_only_read(tmp_path: Path) -> None:
    import tempfile

    from support import llmaaa, sentences, write_jsonl

    with tempfile.TemporaryDirectory(dir="/tmp") as outside:  # pytest's own folders are closed to others
        folder = Path(outside) / "p"
        pool = write_jsonl(tmp_path / "pool.jsonl", sentences(30, 1))
        gold = write_jsonl(tmp_path / "gold.jsonl", sentences(30, 2))
        files = ("--pool", pool, "--gold", gold, "--mode", "paper")
        made = llmaaa("new", folder, *files, "--set", "budget.ledger=apart.db")
        assert made.returncode == 0, made.stderr
        for path in (Path(outside), *Path(outside).rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
            done = subprocess.run(
                [sys.executable, "-c", LOOK, str(folder)], capture_output=True, text=True, env=environ, timeout=60
            )
            assert done.stdout.split("\n")[:2] == ["p", "may only read"], done.stderr
        finally:
            for path in (Path(outside), *Path(outside).rglob("*")):
                path.chmod(0o755)


# -- going about ----------------------------------------------------------------------------------


async def test_the_mouse_goes_to_another_screen_and_a_key_comes_back() -> None:
    loop, _controls = app()
    async with loop.run_test(size=(120, 36)) as pilot:
        await until(pilot, "31/50")
        await pilot.click("#keys", offset=(screen_text(loop).splitlines()[-1].index("6 Data"), 0))
        await until(pilot, " Data ")
        assert loop.place.NAME == "data"
        await pilot.press("f1")
        await until(pilot, "31/50")
        await pilot.press("g")
        foot = (await until(pilot, "u Run")).splitlines()[-1]
        await pilot.click("#keys", offset=(foot.index("u Run"), 0))
        await pilot.pause()
        assert loop.place.NAME == "run"
        await pilot.press("escape")
        await pilot.pause()
        assert loop.place.NAME == "loop"


async def test_a_screen_that_cannot_be_opened_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, _controls = app()

    def broken(name: str, package: str | None = None) -> object:
        raise ModuleNotFoundError(f"No module named {name!r}")

    async with loop.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "31/50")
        monkeypatch.setattr("llmaaa_tui.ui.app.import_module", broken)
        loop.go("leakage")
        assert "Leakage cannot be opened" in await until(pilot, "Leakage cannot be opened")
        assert loop.place.NAME == "loop"
        await pilot.press("E")
        assert "No module named" in await until(pilot, "No module named")
