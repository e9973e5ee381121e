"""A project's sentences and gold in a database of its own, under the same numbers; nothing that was asked or learnt."""

from __future__ import annotations

import uuid
from pathlib import Path

from .database import Store, now

_ENDED = "SELECT id FROM {}.import WHERE role <> 'generated' AND id IN (SELECT import_id FROM {}.import_end)"
_GOLD = "SELECT id FROM {}.annotation WHERE kind = 'gold' AND round IS NULL"
_ROWS = {
    "import": "id IN ({ended})",
    "import_end": "import_id IN ({ended})",
    "document": "import_id IN ({ended})",
    "item": "document_id IN (SELECT id FROM {source}.document WHERE import_id IN ({ended}))",
    "annotation": "id IN ({gold})",
    "span": "annotation_id IN ({gold})",
    "class_label": "annotation_id IN ({gold})",
}
"""What is copied of each table, those that others refer to first."""


def has_pool_gold(source: Path) -> bool:
    """Whether any pool sentence of the project at `source` has gold labels."""
    store = Store(source)
    try:
        return bool(
            store.value(
                "SELECT 1 FROM item JOIN annotation ON annotation.item_id = item.id AND annotation.kind = 'gold'"
                " AND annotation.round IS NULL WHERE item.role = 'pool' LIMIT 1"
            )
        )
    finally:
        store.close()


def copy_sentences(source: Path, target: Store, name: str) -> str:
    """Copy imports, sentences, roles and gold of the project at `source` into an empty store; gives the new uuid.

    Item numbers stay, so that every draw seeded by them is the same there. All of it is one transaction.

    Args:
        name: of the project made.
    """
    identity = uuid.uuid4().hex
    Store(source).close()  # an older file is brought up to date first, or the tables would not match
    target.connection.execute("ATTACH ? AS origin", (str(source),))
    ended, gold = _ENDED.format("origin", "origin"), _GOLD.format("origin")
    try:
        with target.transaction() as seq:
            target.connection.execute(
                "INSERT INTO project (id, uuid, name, task, mode, labels, negative, seed, created_utc, seq)"
                " SELECT 1, ?, ?, task, mode, labels, negative, seed, ?, ? FROM origin.project",
                (identity, name, now(), seq),
            )
            for table, condition in _ROWS.items():
                columns = [row["name"] for row in target.rows(f'PRAGMA table_info("{table}")')]
                listed = ", ".join(f'"{column}"' for column in columns)
                taken = ", ".join("?" if column == "seq" else f'"{column}"' for column in columns)
                where = condition.format(ended=ended, gold=gold, source="origin")
                target.connection.execute(
                    f'INSERT INTO main."{table}" ({listed}) SELECT {taken} FROM origin."{table}" WHERE {where}', (seq,)
                )
    finally:
        target.connection.execute("DETACH origin")
    return identity
