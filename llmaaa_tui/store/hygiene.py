"""Copies between roles: what the import noted of them, and the texts to look for them again. Plain sqlite3 to read."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..core.copies import place_of
from ..core.document import Document
from ..core.hygiene import Copies, overlaps
from ..core.split import STRICTNESS
from ..core.states import Role
from .reading import Reading
from .spending import FOREVER


def copies_noted(reading: Reading, as_of: int | None = None) -> tuple[Copies, ...] | None:
    """What the import noted, pair by pair; None where an earlier version made the project and noted nothing."""
    if not reading.has_table("copies"):
        return None
    rows = reading.rows("SELECT * FROM copies WHERE seq <= ? ORDER BY id", FOREVER if as_of is None else as_of)
    found = tuple(
        Copies(
            row["kind"],
            row["role_a"],
            row["role_b"],
            row["count"],
            row["done"],
            tuple((one, other) for one, other in json.loads(row["examples"])),
        )
        for row in rows
    )
    return found or None


def copies_standing(reading: Reading) -> tuple[Copies, ...]:
    """The copies that stand between roles, counted anew from the texts in the store."""
    order = [*STRICTNESS, Role.GENERATED]
    held = {row["role"] for row in reading.rows("SELECT DISTINCT role FROM import")}
    return overlaps({role: _texts(reading, role) for role in order if role in held})


def _texts(reading: Reading, role: Role) -> Iterator[tuple[str, str]]:
    """The text of every visible item of a role, and where it was read."""
    cursor = reading.connection.execute(
        "SELECT item.id, document.text, document.file, document.line, document.name FROM item"
        " JOIN document ON document.id = item.document_id"
        " JOIN import_end ON import_end.import_id = document.import_id WHERE item.role = ? ORDER BY item.id",
        (role,),
    )
    for row in cursor:
        place = place_of(Document(row["text"], name=row["name"], file=row["file"], line=row["line"]))
        yield row["text"], f"#{row['id']} {place}"
