"""The projects this person opened last, for the first page of the program. One small file in the state folder."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_state_path

from .paths import ProjectPaths, private_opener

MOST = 20


@dataclass(frozen=True, slots=True)
class Recent:
    """A project's folder, its name and when it was opened last."""

    folder: str
    name: str
    opened_utc: str


def file() -> Path:
    """Where they are written down."""
    return user_state_path("llmaaa") / "recent.json"


def recent() -> list[Recent]:
    """Projects that are still there, the newest first; a file that cannot be read is no list."""
    try:
        found = [Recent(**row) for row in json.loads(file().read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []
    return [one for one in found if ProjectPaths(Path(one.folder)).settings.is_file()]


def remember(folder: Path, name: str) -> None:
    """Put a project at the top of the list. A state folder that cannot be written is no reason to stop."""
    here = str(folder.resolve())
    rows = [Recent(here, name, datetime.now(UTC).isoformat(timespec="seconds"))]
    rows += [one for one in recent() if one.folder != here]
    path = file()
    partial = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(partial, "w", encoding="utf-8", opener=private_opener) as handle:
            json.dump([asdict(one) for one in rows[:MOST]], handle, ensure_ascii=False)
        os.replace(partial, path)
