"""Which open screen serves which item, so that no two ever serve the same. Plain sqlite3."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ..process import ProcessIdentity, is_alive

LASTS = timedelta(minutes=30)
"""A claim that was not made again for this long is void, also while its process lives."""


def claim(
    connection: sqlite3.Connection, items: Sequence[int], screen: str, reviewer: str, me: ProcessIdentity
) -> tuple[int, ...]:
    """Claim inside the open transaction those of the items that no other living screen holds.

    What this screen held before and does not ask for again is free, and so is what dead processes held.

    Returns:
        What it holds now, in the order asked for.
    """
    _drop_void(connection)
    drop_own(connection, screen, me)
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    held = {
        row["item_id"]
        for row in connection.execute(
            "SELECT item_id FROM claim WHERE item_id IN (SELECT value FROM json_each(?))", (json.dumps(list(items)),)
        )
    }
    free = [item for item in dict.fromkeys(items) if item not in held]
    connection.executemany(
        "INSERT INTO claim (item_id, screen, reviewer, pid, process_start, boot_id, host, claimed_utc)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(item, screen, reviewer, me.pid, me.start, me.boot, me.host, moment) for item in free],
    )
    return tuple(free)


def drop_own(connection: sqlite3.Connection, screen: str, me: ProcessIdentity) -> None:
    """Free, inside the open transaction, all that this screen of this process holds."""
    connection.execute(
        "DELETE FROM claim WHERE screen = ? AND pid = ? AND process_start = ? AND boot_id = ?",
        (screen, me.pid, me.start, me.boot),
    )


def _drop_void(connection: sqlite3.Connection) -> None:
    oldest = (datetime.now(UTC) - LASTS).isoformat(timespec="milliseconds")
    connection.execute("DELETE FROM claim WHERE claimed_utc < ?", (oldest,))
    for row in connection.execute("SELECT DISTINCT pid, process_start, boot_id, host FROM claim").fetchall():
        process = ProcessIdentity(row["pid"], row["process_start"], row["boot_id"], row["host"])
        if not is_alive(process):
            connection.execute(
                "DELETE FROM claim WHERE pid = ? AND process_start = ? AND boot_id = ?",
                (process.pid, process.start, process.boot),
            )
