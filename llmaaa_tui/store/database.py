"""Open a store for writing: migrations, transactions and the one counter that orders all rows."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import ProjectError
from ..resources import data_root
from .light import Database, Migrations

NETWORK_FILESYSTEMS = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "gpfs", "beegfs", "ceph", "glusterfs", "fuse.sshfs", "afs", "9p")
)
MOUNTS = Path("/proc/mounts")
SETS = "llmaaa."
OPEN_S = 30.0
WORKER_PATIENCE_S = 3600.0
"""How long a worker waits for a program that holds the database: an answer it has paid for must not be lost."""


def now() -> str:
    """UTC time as ISO text with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def filesystem_of(path: Path) -> str:
    """The type of the filesystem that holds `path` (or its nearest folder that exists), "" where unknown."""
    folder = path.resolve()
    while not folder.exists():
        folder = folder.parent
    best, kind = "", ""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    for line in mounts.splitlines():
        _, mount, name, *_ = line.split(" ")
        mount = mount.replace("\\040", " ")
        inside = mount == "/" or str(folder) == mount or str(folder).startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, name
    return kind


def refuse_network(path: Path) -> None:
    """WAL, and with it every promise about money, needs a local disk.

    Raises:
        ProjectError: the file would lie on a network filesystem.
    """
    kind = filesystem_of(path)
    if kind in NETWORK_FILESYSTEMS:
        raise ProjectError(
            f"{path}: lies on {kind}, a network filesystem on which SQLite's log is not safe; "
            "put the database on a local disk with --set store.path=/local/disk/NAME.db"
        )


def _statements(script: str) -> Iterator[str]:
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip() and not all(line.strip().startswith("--") or not line.strip() for line in pending.splitlines()):
        raise ValueError(f"a migration ends in the middle of a statement: {pending[:80]!r}")


def _scripts(family: str) -> list[Path]:
    return sorted((data_root() / "db" / family).glob("*.sql"))


def migrations(family: str) -> Migrations:
    """The SQL files of `db/<family>` as a migration set, in the order of their names."""
    found = Migrations(SETS + family)
    for path in _scripts(family):
        script = path.read_text(encoding="utf-8")

        def apply(db: Database, script: str = script) -> None:
            # Never executescript: it commits first, so that a failing migration could not be rolled back.
            for statement in _statements(script):
                db.conn.execute(statement)

        found(name=path.stem)(apply)
    return found


def _prefer_log(connection: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite does not wait by itself while another process is doing the same."""
    deadline = time.monotonic() + OPEN_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


class Store:
    """One writing connection.

    Args:
        path: the SQLite file; made with mode 0600 where missing.
        families: which migration folders of `db/` this file must have.
        durable: commit to the disk before going on (`synchronous=FULL`), as paid answers need.
        patience_s: how long a transaction waits, beyond SQLite's own 30 s, while another program writes.

    Raises:
        ProjectError: the file is no database, of a newer version, cannot be made, or lies on a network filesystem.
    """

    def __init__(
        self,
        path: Path,
        families: tuple[str, ...] = ("migrations",),
        *,
        durable: bool = False,
        patience_s: float = 0.0,
    ) -> None:
        self.path = path
        self._patience_s = patience_s
        refuse_network(path)
        try:
            path.touch(mode=0o600)
            self.connection = sqlite3.connect(path, timeout=OPEN_S, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise ProjectError(f"{path}: cannot be opened ({error}); is its folder there and yours to write?") from None
        self.connection.row_factory = sqlite3.Row
        try:
            _prefer_log(self.connection)
            self.connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self.connection.execute("PRAGMA foreign_keys=ON")
            self.database = Database(self.connection)
            self._migrate(families)
        except sqlite3.DatabaseError as error:
            self.connection.close()
            raise ProjectError(
                f"{path}: cannot be used as a database ({error}); move it away or restore a copy"
            ) from None
        except BaseException:
            self.connection.close()
            raise

    def _migrate(self, families: tuple[str, ...]) -> None:
        sets = [migrations(family) for family in families]
        for one in sets:
            known = {step.name for step in (*one.applied(self.database), *one.pending(self.database))}
            newer = known - {path.stem for path in _scripts(one.name.removeprefix(SETS))}
            if newer:
                raise ProjectError(f"{self.path}: was made by a newer llmaaa (it has {max(newer)}); update llmaaa-tui")
        if not any(one.pending(self.database) for one in sets):
            return
        # One writer at a time, and all or nothing: several processes may open a new ledger at once.
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            for one in sets:
                one.apply(self.database)
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    @contextmanager
    def transaction(self) -> Iterator[int]:
        """One immediate transaction; gives the `seq` for all rows it writes."""
        self._begin()
        try:
            row = self.connection.execute("UPDATE counter SET seq = seq + 1 WHERE id = 1 RETURNING seq").fetchone()
            yield int(row[0])
            self.connection.execute("COMMIT")  # inside: a commit that fails (disk full) must not leave it open
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def _begin(self) -> None:
        """Begin to write; nothing is lost by waiting here, and a paid answer by giving up."""
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() >= deadline:
                    raise
            sys.stderr.write(f"{now()} {self.path}: another program has been writing for {OPEN_S:.0f} s; waiting\n")

    def insert(self, table: str, **values: Any) -> int:
        """Insert one row inside the open transaction and give its id."""
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" for _ in values)
        cursor = self.connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', tuple(values.values()))
        return int(cursor.lastrowid or 0)

    def rows(self, sql: str, *parameters: Any) -> list[sqlite3.Row]:
        return self.connection.execute(sql, parameters).fetchall()

    def value(self, sql: str, *parameters: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.connection.execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    def close(self) -> None:
        self.connection.close()
