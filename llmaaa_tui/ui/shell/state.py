"""Small files of one person, in the state folder: readable by nobody else, never in a project."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ...paths import private_opener


def write(path: Path, text: str) -> bool:
    """Replace a file whole (0600, its folder 0700); gives whether that worked, for no screen ends over it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(partial, "w", encoding="utf-8", errors="replace", opener=private_opener) as handle:
            handle.write(text)
        os.replace(partial, path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        return False
    return True
