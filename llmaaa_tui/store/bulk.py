"""Many answers accepted at once: the written pairs, their blind sample, and what it says. Plain sqlite3."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import asdict

from ..core.bound import upper_bound
from ..core.difference import differ
from ..core.review import Bulk, Filter
from ..core.seeds import generator
from ..core.states import State
from ..errors import ProjectError
from .saying import labels


def read_bulk(connection: sqlite3.Connection, bulk: str) -> Bulk | None:
    """A bulk acceptance with the blind labels so far; None where there is none of this name."""
    row = connection.execute("SELECT * FROM bulk WHERE id = ?", (bulk,)).fetchone()
    if row is None:
        return None
    pairs = tuple((item, annotation) for item, annotation in json.loads(row["items"]))
    sample = tuple(json.loads(row["sample"]))
    blind = {
        row["item_id"]: row["human_annotation_id"]
        for row in connection.execute(
            "SELECT item_id, human_annotation_id FROM decision WHERE bulk_id = ? AND blind = 1"
            " AND verdict = 'mend' AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = decision.id)"
            " ORDER BY id",
            (bulk,),
        )
    }
    judged = dict(pairs)
    said = labels(connection, [*blind.values(), *(judged[item] for item in blind)])
    labelled = {item: said[blind[item]] for item in sample if item in blind}
    errors = tuple(item for item in labelled if differ(labelled[item], said[judged[item]]))
    return Bulk(
        id=bulk,
        filter=Filter(**json.loads(row["filter"])),
        items=pairs,
        sample=sample,
        labelled=labelled,
        errors=errors,
        upper=upper_bound(len(errors), len(labelled)) if labelled else None,
    )


def open_bulk(connection: sqlite3.Connection, reviewer: str) -> str | None:
    """The bulk acceptance that a reviewer has begun and not ended."""
    row = connection.execute(
        "SELECT id FROM bulk WHERE reviewer = ? AND id NOT IN (SELECT bulk_id FROM bulk_end) ORDER BY seq DESC LIMIT 1",
        (reviewer,),
    ).fetchone()
    return None if row is None else str(row["id"])


def begin(
    connection: sqlite3.Connection,
    wanted: Filter,
    pairs: Sequence[tuple[int, int]],
    *,
    n: int,
    seed: int,
    reviewer: str,
    moment: str,
    seq: int,
) -> str:
    """Write down, inside the open transaction, exactly what would be accepted, and draw the sample; gives its name.

    Pairs that somebody decided on since they were read, or that are not in force any more, are left out of both.

    Raises:
        ProjectError: there is nothing to accept, an answer cannot be accepted, or another bulk has not ended.
    """
    if not pairs:
        raise ProjectError("there is no answer to accept here; choose a wider filter")
    if open_bulk(connection, reviewer) is not None:
        raise ProjectError("a bulk acceptance of yours is still open; finish its sample or drop it first")
    if len({item for item, _ in pairs}) < len(pairs):
        raise ProjectError("an item can be accepted once; two answers about one were given")
    (usable,) = connection.execute(
        "SELECT COUNT(*) FROM json_each(?) AS pair JOIN annotation ON annotation.id = pair.value ->> 1"
        " AND annotation.item_id = pair.value ->> 0 AND annotation.state <> ?",
        (json.dumps(list(pairs)), State.FAILED),
    ).fetchone()
    if usable < len(pairs):
        raise ProjectError(f"{len(pairs) - usable} of these are no usable answers about their items")
    pairs = _acceptable(connection, pairs)
    if not pairs:
        raise ProjectError("all of these were decided or answered anew meanwhile, so nothing is left to accept")
    bulk = uuid.uuid4().hex
    items = [item for item, _ in pairs]
    sample = generator(seed, 0, "blind sample").sample(items, min(n, len(items)))
    connection.execute(
        "INSERT INTO bulk (id, filter, items, sample, reviewer, created_utc, seq) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (bulk, json.dumps(asdict(wanted)), json.dumps(list(pairs)), json.dumps(sample), reviewer, moment, seq),
    )
    return bulk


def end(connection: sqlite3.Connection, bulk: str, *, accept: bool, reviewer: str, moment: str, seq: int) -> int:
    """Accept or drop inside the open transaction; gives how many were accepted.

    Raises:
        ProjectError: there is no such bulk, it has ended, or its sample is not labelled whole and it is to be accepted.
    """
    found = read_bulk(connection, bulk)
    if found is None:
        raise ProjectError(f"{bulk}: there is no bulk acceptance of this name")
    if connection.execute("SELECT 1 FROM bulk_end WHERE bulk_id = ?", (bulk,)).fetchone():
        raise ProjectError("this bulk acceptance has ended already")
    if accept and found.open:
        raise ProjectError(
            f"{len(found.open)} of {len(found.sample)} sampled items wait for their blind label; label them first"
        )
    connection.execute(
        "INSERT INTO bulk_end (bulk_id, state, n, errors, upper, created_utc, seq) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            bulk,
            "accepted" if accept else "dropped",
            len(found.labelled),
            len(found.errors),
            found.upper,
            moment,
            seq,
        ),
    )
    if not accept:
        return 0
    sampled = set(found.sample)
    still = _acceptable(connection, [pair for pair in found.items if pair[0] not in sampled])
    connection.executemany(
        "INSERT INTO decision (item_id, annotation_id, verdict, reviewer, bulk_id, created_utc, seq)"
        " VALUES (?, ?, 'accept', ?, ?, ?, ?)",
        [(item, annotation, reviewer, bulk, moment, seq) for item, annotation in still],
    )
    return len(still)


def _acceptable(connection: sqlite3.Connection, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of the pairs that are in force and that nobody has decided on, in their order."""
    return [
        (row["item_id"], row["annotation_id"])
        for row in connection.execute(
            "SELECT label_in_force.item_id, label_in_force.annotation_id FROM json_each(?) AS pair"
            " JOIN label_in_force ON label_in_force.item_id = pair.value ->> 0"
            " AND label_in_force.annotation_id = pair.value ->> 1 AND label_in_force.verdict IS NULL"
            " WHERE label_in_force.item_id NOT IN (SELECT item_id FROM standing_decision) ORDER BY pair.key",
            (json.dumps(pairs),),
        )
    ]
