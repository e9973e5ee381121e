"""The end of the worker's log as plain lines: what a terminal would have done with its control codes is undone."""

from __future__ import annotations

import re
from pathlib import Path

LINES, BYTES = 200, 65_536
_CODES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)"  # titles, links, the clipboard
    r"|[\x1b\x9b]\[?[0-?]*[ -/]*[@-~]"  # colours, the cursor
)


def plain(line: str) -> str:
    """A line as it stood on the terminal in the end: without codes, after its last carriage return."""
    return _CODES.sub("", line).rstrip("\r").rpartition("\r")[2]


def tail(path: Path) -> tuple[str, ...]:
    """The last lines of a log, at most `LINES` of its last `BYTES`; none where there is no such file."""
    try:
        with path.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - BYTES))
            text = log.read(BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return ()
    lines = text.split("\n")
    if size > BYTES:
        lines = lines[1:]  # the first one is cut
    return tuple(plain(line) for line in lines if line.strip())[-LINES:]


def stamp(path: Path) -> tuple[int, int]:
    """What changes when somebody writes to the file; zeros where there is none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
