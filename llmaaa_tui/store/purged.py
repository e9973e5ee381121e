"""Whether a project's texts and answers were deleted. Plain sqlite3, read only."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..errors import ProjectError
from .reading import read_only


def purged(database: Path) -> str:
    """The moment (UTC ISO text) when `llmaaa purge` emptied this project, "" where it never did."""
    connection = sqlite3.connect(read_only(database), uri=True, timeout=5)
    try:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'purge'").fetchone() is None:
            return ""  # made by an older version, and nobody has written to it since
        (moment,) = connection.execute("SELECT MAX(created_utc) FROM purge").fetchone()
    except sqlite3.Error as error:
        raise ProjectError(f"{database}: cannot be read ({error}); is this an llmaaa project's database?") from None
    finally:
        connection.close()
    return str(moment or "")


def refuse_purged(database: Path) -> None:
    """Refuse what needs the texts.

    Raises:
        ProjectError: they were deleted.
    """
    moment = purged(database)
    if moment:
        raise ProjectError(
            f"{database.parent}: its texts and answers were purged on {moment[:10]}, status still says what they cost; "
            "make a new project with llmaaa new"
        )
