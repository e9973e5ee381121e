"""What the screens of a store cost on a slow line, on a real pseudo-terminal: bytes are asserted, times said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from store.million import build
from terminal import Terminal
from ui.pty_app import TESTS

from llmaaa_tui.store import runs
from llmaaa_tui.store.database import Store


def _terminal(database: Path, place: str) -> Terminal:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environ = {**kept, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(TESTS)}
    return Terminal([sys.executable, "-m", "ui.show_store", str(database), place], environ)


def _keys(app: Terminal, key: bytes, times: int) -> list[int]:
    sent = []
    for _ in range(times):
        app.press(key)
        sent.append(len(app.read(0.12)))
    return sent


def test_at_rest_nothing_is_written_and_a_step_writes_little(tmp_path: Path) -> None:
    database = tmp_path / "llmaaa.db"
    build(database, 20_000, batch=50)
    store = Store(database, ("migrations", "ledger"))
    for number in range(100):
        runs.log_event(store, "picked", f"event number {number} with as many words as events of this kind have")
    store.close()
    (tmp_path / "worker.log").write_text("words\n" * 50)
    with _terminal(database, "data") as data, _terminal(database, "run") as run:
        first = data.until(b"of 20,00")
        run.until(b"event number 99")
        run.press(b"\t")
        for app in (data, run):
            app.settle(0.5)
        assert data.read(2.2) == b""
        assert run.read(0.1) == b""
        for app, name in ((data, "sentences"), (run, "events")):
            steps = _keys(app, b"j", 18)
            mean = sum(steps) / len(steps)
            sys.stderr.write(f"{name}: first page {first:.2f} s, a step {mean:.0f} bytes, a turn {max(steps)}\n")
            assert 0 < mean <= 2000
            assert sorted(steps)[-4] <= 2000, "but for a turn, which every half screen costs once"
            memory = int(Path(f"/proc/{app.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            assert memory < 150_000_000
