"""Copying: what goes to the terminal, what is said of it, and that pasting it runs nothing."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ui import snapshots
from ui.doubles import Shown, Told, until
from ui.pty_app import PtyApp

from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.shell.clipboard import OSC_52_BYTES, copy, harmless, osc_52

XTERM = {"TERM": "xterm-256color", "HOME": "/home/nobody"}


def carried(sequence: str) -> str:
    assert sequence.startswith("\x1b]52;c;")
    assert sequence.endswith("\x07")
    return base64.b64decode(sequence[7:-1]).decode()


def test_text_is_raw_but_nothing_a_terminal_obeys() -> None:
    text = "[b]Rais[/b] „日本語” \u202eabc\n\tline"
    assert harmless(text) == text, "also markup, scripts and the direction of writing"
    for text in snapshots.HOSTILE:
        kept = harmless(text)
        assert len(kept) == len(text)
        assert not [c for c in kept if (ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0]
        kept.encode("utf-8")
    assert harmless("a\x1b[201~rm -rf /\r") == "a␛[201~rm -rf /␍"


def test_outside_tmux_it_is_sent_by_osc_52_and_written_down(tmp_path: Path) -> None:
    sent: list[str] = []
    said = copy("Dodoma\x1b", sent.append, XTERM, tmp_path / "state")
    assert [carried(sequence) for sequence in sent] == ["Dodoma␛"]
    file = tmp_path / "state" / "clipboard.txt"
    assert said == f"Sent to your terminal by OSC 52, if it allows it; also in {file}"
    assert file.read_text() == "Dodoma␛"
    assert file.stat().st_mode & 0o777 == 0o600
    assert copy("x", sent.append, XTERM | {"HOME": str(tmp_path)}, tmp_path / "state").endswith("~/state/clipboard.txt")


def test_what_is_too_long_for_osc_52_is_in_the_file_alone(tmp_path: Path) -> None:
    sent: list[str] = []
    assert len(osc_52("x" * OSC_52_BYTES)) <= 75_000
    said = copy("ä" * OSC_52_BYTES, sent.append, XTERM, tmp_path)
    assert sent == []
    assert "Too long for a terminal's clipboard: 112,488 bytes, OSC 52 carries 56,244" in said
    assert (tmp_path / "clipboard.txt").read_text() == "ä" * OSC_52_BYTES


def test_a_console_has_no_clipboard_and_a_folder_may_be_closed(tmp_path: Path) -> None:
    sent: list[str] = []
    (tmp_path / "file").write_text("")
    said = copy("x", sent.append, {"TERM": "linux"}, tmp_path / "file" / "state")
    assert sent == []
    assert said.startswith("This terminal has no clipboard; ")
    assert said.endswith("could not be written")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_tmux_takes_it_into_its_buffer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = tmp_path / "tmux"
    tmux = ["tmux", "-S", str(socket)]
    subprocess.run([*tmux, "-f", "/dev/null", "new-session", "-d", "sleep 60"], check=True, timeout=20)
    try:
        monkeypatch.setenv("TMUX", f"{socket},0,0")
        sent: list[str] = []
        said = copy("Mwanza „ä”\n", sent.append, dict(os.environ), tmp_path)
        assert sent == []
        assert said.startswith("Sent to tmux and, by OSC 52, to your terminal, if it allows it; also in ")
        shown = subprocess.run([*tmux, "show-buffer"], capture_output=True, check=True, timeout=20)
        assert shown.stdout.decode() == "Mwanza „ä”\n"
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, timeout=20)
    said = copy("x", sent.append, dict(os.environ), tmp_path)
    assert [carried(sequence) for sequence in sent] == ["x"], "a server that is gone is no clipboard"
    assert "(tmux did not take it: " in said


async def test_y_copies_the_line_and_capital_y_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    app = LoopApp(Shown(snapshots.working(4)), Told(), state=tmp_path)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "31/50")
        await pilot.press("y")
        assert "Nothing is chosen" in await until(pilot, "Nothing is chosen")
        await pilot.press("home")
        await pilot.press("y")
        await until(pilot, "OSC 52")
        text = "Rais Samia Suluhu Hassan aliwasili Dodoma Jumatatu ."
        assert (tmp_path / "clipboard.txt").read_text() == text
        await pilot.press("Y")
        for _ in range(100):
            await pilot.pause(0.02)
            if (written := (tmp_path / "clipboard.txt").read_text()) != text:
                break
        assert '"label": "PER"' in written
        assert f'"text": "{text}"' in written


def test_the_sequence_reaches_a_real_terminal() -> None:
    with PtyApp("working") as app:
        app.until(b"swahili-news")
        app.settle(0.4)
        app.press(b"gg")
        app.read(0.4)
        app.press(b"y")
        app.until(b"\x1b]52;c;")
        app.until(base64.b64encode(b"Rais Samia Suluhu Hassan aliwasili Dodoma Jumatatu ."))
