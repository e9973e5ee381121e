"""The real application in a pseudo-terminal that counts what it writes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from terminal import FRAME_END as FRAME_END
from terminal import Terminal

TESTS = Path(__file__).parents[1]


class PtyApp(Terminal):
    """`ui.show` with some arguments on a terminal of `width` x `height`; killed on leaving."""

    def __init__(self, *arguments: str, width: int = 120, height: int = 36, environ: dict[str, str] | None = None):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        env = kept | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(TESTS)} | (environ or {})
        env = {name: value for name, value in env.items() if value}
        super().__init__([sys.executable, "-m", "ui.show", *arguments], env, width, height)
