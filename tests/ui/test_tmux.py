"""A new user's first quarter of an hour in a real tmux, by keys alone: demo, review, mend, undo, cap, detach, kill."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tmux import INSTALLED, Tmux

REVIEWED = 20


def value(folder: Path, sql: str) -> Any:
    connection = sqlite3.connect(f"file:{folder / 'llmaaa.db'}?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute(sql).fetchone()[0]
    finally:
        connection.close()


def standing(folder: Path) -> int:
    return int(value(folder, "SELECT COUNT(*) FROM standing_decision"))


def decided(tmux: Tmux, folder: Path, number: int) -> None:
    """Wait until so many decisions stand."""
    end = time.monotonic() + 20
    while standing(folder) != number:
        assert time.monotonic() < end, f"{standing(folder)} of {number} decisions stand:\n{tmux.text()}"
        time.sleep(0.05)


def screens(folder: Path) -> list[int]:
    """Processes of screens that are open on the project."""
    found = subprocess.run(["pgrep", "-f", f"llmaaa_tui attach {folder}"], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


@pytest.mark.long
@pytest.mark.skipif(not INSTALLED, reason="tmux is not installed")
def test_a_first_session_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "llmaaa_tui"]
    home = {"HOME": str(tmp_path), "OMP_NUM_THREADS": "1", "TMUX_TMPDIR": str(tmp_path)}
    with Tmux(tmp_path, home) as tmux:
        tmux.run(*command, "demo", "--dir", folder, "--rounds", "2")
        tmux.until("SIMULATED", 60)
        tmux.until("43 labelled", 90)
        tmux.keys("F2")
        tmux.until("why picked")
        for place in range(REVIEWED):
            # Two are mended, three skipped, two rejected, the others accepted.
            if place in (3, 9):
                tmux.keys("e")
                tmux.until("Mend")
                tmux.keys("Right", "1", "Enter")
                tmux.until("Mend", gone=True)
            else:
                tmux.keys("Space" if place in (5, 6, 7) else "x" if place in (11, 12) else "a")
            decided(tmux, folder, place + 1)
        tmux.keys("u")
        decided(tmux, folder, REVIEWED - 1)
        assert value(folder, "SELECT COUNT(*) FROM decision WHERE verdict = 'mend'") == 2
        assert value(folder, "SELECT COUNT(*) FROM decision WHERE verdict = 'undo'") == 1
        human = value(folder, "SELECT COUNT(*) FROM annotation WHERE kind = 'human'")
        assert human == 2

        tmux.keys("F3")
        tmux.until("c cap")
        tmux.keys("c")
        tmux.until("counting from now on")
        tmux.keys("C-u")
        tmux.until("'' is not an amount", 10)
        tmux.keys("-l", "7.50")
        tmux.until("7.50", 10)
        tmux.keys("Enter")
        end = time.monotonic() + 20
        while value(folder, "SELECT cap_nanousd FROM budget") != 7_500_000_000:
            assert time.monotonic() < end, tmux.text()
            time.sleep(0.1)
        assert 'cap_usd = "7.50"' in (folder / "llmaaa.toml").read_text()

        tmux.keys("q")
        tmux.until("detach", 10)
        tmux.keys("d")
        tmux.until("llmaaa attach", 20)
        tmux.run(*command, "attach", folder)
        tmux.until("Learning curve", 30)
        tmux.keys("F2")
        tmux.until(f"undo {REVIEWED - 1}", 30)
        (screen,) = screens(folder)
        os.kill(screen, signal.SIGKILL)
        tmux.keys("-l", "reset")  # typed blind: a killed screen leaves its picture and a raw terminal
        tmux.keys("C-j")
        tmux.run(*command, "attach", folder)
        tmux.until("Learning curve", 30)
        tmux.keys("F2")
        tmux.until(f"undo {REVIEWED - 1}", 30)
        assert standing(folder) == REVIEWED - 1, "nothing was lost"
        tmux.keys("U")
        decided(tmux, folder, REVIEWED)
        end = time.monotonic() + 240
        while value(folder, "SELECT COUNT(*) FROM run_end") == 0:
            assert time.monotonic() < end, tmux.text()
            time.sleep(0.5)
        trained = "SELECT COUNT(*) FROM training_example WHERE round = 2 AND annotation_id IN"
        assert value(folder, f"{trained} (SELECT id FROM annotation WHERE kind = 'human')") == 2
        rejected = "(SELECT item_id FROM standing_decision WHERE verdict = 'reject')"
        assert value(folder, f"SELECT COUNT(*) FROM training_example WHERE round = 2 AND item_id IN {rejected}") == 0
        tmux.keys("q")
