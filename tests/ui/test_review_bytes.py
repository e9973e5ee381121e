"""What the review costs on a slow line, on a real pseudo-terminal: nothing while nobody types, little for a key."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from terminal import FRAME_END, Terminal
from ui.project import project

TESTS = Path(__file__).parents[1]
SCRIPT = "import sys; from pathlib import Path; from ui.project import Made; Made(Path(sys.argv[1]), '').app().run()"


def test_idle_writes_nothing_and_a_decision_little(tmp_path: Path) -> None:
    made = project(tmp_path / "p")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ = kept | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PYTHONPATH": f"{TESTS}:{TESTS.parent}"}
    with Terminal([sys.executable, "-c", SCRIPT, str(made.folder)], environ) as app:
        app.until(b"why here", 20)
        app.settle(0.7)
        assert app.read(2.2) == b""
        sizes = {}
        for name, key in (
            ("first", b"n"),
            ("look", b"n"),
            ("accept", b"a"),
            ("layer", b"\t"),
            ("skip", b" "),
            ("undo", b"u"),
        ):
            app.press(key)
            sizes[name] = app.read(0.4)
            app.settle(0.4)
        sys.stderr.write(f"bytes a key: { {name: len(seen) for name, seen in sizes.items()} }\n")
        assert all(0 < len(seen) <= 4096 for seen in sizes.values())
        assert len(sizes["look"]) <= 2000
        assert sizes["look"].count(FRAME_END) <= 2
    verdicts = made.rows("SELECT verdict FROM decision ORDER BY id")
    assert verdicts == [("accept",), ("skip",), ("undo",)]
