"""Delete texts and answers so that no byte of them stays in the files, and keep what they cost."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from ..errors import ProjectError
from .database import Store, now
from .ledger import LedgerStore

CHECKPOINT_S = 30.0

_QUIET_ENDS = (0, 3, 7)
"""Exit codes whose sentence never quotes a server or a text."""

_PROJECT = (
    "UPDATE document SET name = '', text = '', tokens = NULL, metadata = '{}', file = '', sha256 = ''",
    "UPDATE import SET file = ''",
    "UPDATE annotation SET detail = '', flags = '[]'",
    "DELETE FROM relation",
    "DELETE FROM span",
    "DELETE FROM class_label",
    "UPDATE item SET name = '', head_type = '', tail_type = ''",
    "UPDATE encoder_check SET report = '{}', warning = ''",
    f"UPDATE run_end SET reason = 'purged' WHERE code NOT IN {_QUIET_ENDS}",
    "UPDATE job SET arguments = '{}'",
    "UPDATE job_state SET detail = ''",
    "DELETE FROM event",
    "DELETE FROM lease",
    "UPDATE bulk SET filter = '{}'",  # what somebody searched for
    "DELETE FROM claim",
    "UPDATE probe SET held = '{}', control = CASE WHEN control IS NULL THEN NULL ELSE id END",
    "UPDATE copies SET examples = '[]'",
    "DELETE FROM group_score WHERE field NOT IN ('label', 'language')",  # values of the metadata
    "DELETE FROM group_gap WHERE field NOT IN ('label', 'language')",
)

_PROJECTS = "(SELECT value FROM json_each(:projects))"
_OURS = f"(SELECT id FROM attempt WHERE project IN {_PROJECTS})"
_LEDGER = (
    f"DELETE FROM parse WHERE attempt_id IN {_OURS}",
    f"DELETE FROM response WHERE attempt_id IN {_OURS}",
    f"UPDATE attempt_end SET detail = '' WHERE attempt_id IN {_OURS}",
    f"UPDATE batch_event SET detail = '' WHERE batch_id IN (SELECT id FROM batch WHERE project IN {_PROJECTS})",
    # A question that another project asked too is that project's text as well.
    f"UPDATE request SET body = '{{}}' WHERE key IN (SELECT request_key FROM attempt WHERE project IN {_PROJECTS})"
    f" AND key NOT IN (SELECT request_key FROM attempt WHERE project NOT IN {_PROJECTS})",
)


def purge(database: Path, ledger: Path, loops: Sequence[str] = ()) -> dict[str, int]:
    """Empty a project and its part of the ledger; attempts, prices, tokens and request keys stay.

    The caller holds the project's lease. Killed in the middle, it can be run again. What another project on the
    same ledger has bought stays there.

    Args:
        loops: uuids of its baselines that are projects of their own: what they asked goes too.

    Returns:
        How many documents, requests and answers there were, and how many requests stay for another project.

    Raises:
        ProjectError: another program still reads the file, so that old pages cannot be overwritten.
    """
    store = Store(database, ("migrations",), durable=True)
    try:
        project = str(store.value("SELECT uuid FROM project"))
        report = {"documents": int(store.value("SELECT COUNT(*) FROM document WHERE text <> ''"))}
        report.update(_purge_ledger(ledger, [project, *loops]))
        store.connection.execute("PRAGMA secure_delete=ON")
        # One transaction: a project whose texts are gone must never look like one that can be run.
        with store.transaction() as seq:
            for statement in _PROJECT:
                store.connection.execute(statement)
            store.insert("purge", report=json.dumps(report), created_utc=now(), seq=seq)
            store.insert("event", kind="purged", text="texts and answers were purged", created_utc=now(), seq=seq)
        _overwrite(store)
    finally:
        store.close()
    return report


def _purge_ledger(path: Path, projects: Sequence[str]) -> dict[str, int]:
    ledger = LedgerStore(path, projects[0])
    try:
        ledger.recover()  # what a dead worker held must read as unconfirmed, for no worker will say so any more
    finally:
        ledger.close()
    store = Store(path, ("ledger",), durable=True)
    try:
        asked = f"SELECT COUNT(DISTINCT request_key) FROM attempt WHERE project IN {_PROJECTS}"
        apart = f"SELECT request_key FROM attempt WHERE project NOT IN {_PROJECTS}"
        others = f"{asked} AND request_key IN ({apart})"
        named = {"projects": json.dumps(projects)}
        report = {
            "requests": _count(store, asked, named),
            "answers": _count(store, f"SELECT COUNT(*) FROM response WHERE attempt_id IN {_OURS}", named),
            "kept for others": _count(store, others, named),
        }
        store.connection.execute("PRAGMA secure_delete=ON")
        with store.transaction():
            for statement in _LEDGER:
                store.connection.execute(statement, named)
        _overwrite(store)
    finally:
        store.close()
    return report


def _count(store: Store, sql: str, named: dict[str, str]) -> int:
    return int(store.connection.execute(sql, named).fetchone()[0])


def _overwrite(store: Store) -> None:
    """Write the file anew and empty its log: freed pages and old log entries still hold what was deleted."""
    deadline = time.monotonic() + CHECKPOINT_S
    vacuumed = False
    while True:
        try:
            if not vacuumed:
                store.connection.execute("VACUUM")
                vacuumed = True
            busy = store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if not busy:
                return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
        if time.monotonic() > deadline:
            raise ProjectError(
                f"{store.path}: is purged, but another program reads it, so old pages may still hold text; "
                "close that program and run llmaaa purge again"
            )
        time.sleep(0.1)
