"""Bring the files of a project that an earlier version made to this version. Whoever only looks need not call it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from ..errors import ProjectError
from ..resources import data_root
from .reading import read_only


def upgrade(database: Path, ledger: Path) -> bool:
    """Apply the migrations that are pending, each file's in one transaction; a worker may be at work meanwhile.

    A ledger that is not there yet is made. Gives whether anything was pending; looking costs a millisecond, and only
    then is anything heavy imported.

    Raises:
        ProjectError: a file cannot be read or written, or is of a newer version.
    """
    wanted: dict[Path, tuple[str, ...]] = {database.absolute(): ("migrations",)}
    wanted[ledger.absolute()] = (*wanted.get(ledger.absolute(), ()), "ledger")
    behind = {path: families for path, families in wanted.items() if _is_behind(path, families)}
    for path, families in behind.items():
        if path.exists() and not os.access(path, os.W_OK):
            raise ProjectError(
                f"{path}: was made by an earlier version and is not yours to change; look at it with --readonly"
            )
        from .database import Store  # sqlite-utils, which screens do not load where nothing is pending

        Store(path, families).close()
    return bool(behind)


def _is_behind(path: Path, families: tuple[str, ...]) -> bool:
    """Whether a file lacks a migration; what is no project's database is left for a reader to refuse."""
    made = "migrations" not in families  # a ledger may be new
    if not path.exists():
        return made
    done: set[tuple[str, str]] = set()
    try:
        connection = sqlite3.connect(read_only(path), uri=True, timeout=5)
        try:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone():
                done.update(connection.execute("SELECT migration_set, name FROM _sqlite_migrations"))
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise ProjectError(f"{path}: cannot be read ({error}); is this an llmaaa project's database?") from None
    if not made and not any(family == "llmaaa.migrations" for family, _ in done):
        return False
    files = {(family, file.stem) for family in families for file in (data_root() / "db" / family).glob("*.sql")}
    return any((f"llmaaa.{family}", name) not in done for family, name in files)
