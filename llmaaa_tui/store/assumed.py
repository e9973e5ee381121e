"""What people's cost is made of: the figures somebody assumed, the pace measured here, what gold there is, what was
spent. Plain sqlite3, read only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from ..core.human_cost import HumanCost, human_cost
from ..core.human_inputs import Assumptions, Timed, assumptions, timed
from ..core.tasks import shown_as
from .reading import Reading

GOLD = ("demonstration", "meta", "dev", "test")
"""The roles whose items people have to label before anything is bought."""
Gold = tuple[dict[str, int], int, int]
"""Items with gold by role; how many these are, where one serves several roles; and the words of their texts."""
Rows = Callable[..., list[sqlite3.Row]]
"""Runs SQL with positional parameters."""


def stored(rows: Rows, limit: int) -> dict[str, str]:
    """The newest value of each name, as of a seq."""
    return {
        row["name"]: row["value"]
        for row in rows("SELECT name, value FROM assumption WHERE seq <= ? ORDER BY id", limit)
    }


def review_pace(rows: Rows, limit: int) -> tuple[Timed | None, Timed | None]:
    """The median seconds an item that people decided on one by one, by the newest such decision on each: of those whose
    answer they did not see, and of all."""
    there = rows("SELECT 1 FROM pragma_table_info('decision') WHERE name = 'blind'")
    unseen = "blind" if there else "0"  # an earlier version's file lacks it
    found = rows(
        f"SELECT seconds, {unseen} AS blind, MAX(id) FROM decision WHERE verdict IN ('accept', 'mend', 'reject')"
        " AND seconds IS NOT NULL AND COALESCE(bulk_id, '') = '' AND seq <= ? AND id NOT IN"
        " (SELECT undoes FROM decision WHERE undoes IS NOT NULL AND seq <= ?) GROUP BY item_id",
        limit,
        limit,
    )
    return timed([row["seconds"] for row in found if row["blind"]]), timed([row["seconds"] for row in found])


def assumed(rows: Rows, limit: int) -> Assumptions:
    """All of it, as of a seq; a file of an earlier version has no figures of its own."""
    task = shown_as(rows("SELECT task FROM project")[0]["task"])
    values = stored(rows, limit) if rows("SELECT 1 FROM sqlite_master WHERE name = 'assumption'") else {}
    return assumptions(values, *review_pace(rows, limit), unit=task.unit, units=task.units)


def people(reading: Reading, limit: int, llm_nanousd: int, answered: tuple[int, int], gold: Gold) -> HumanCost:
    """What people would cost beside all that was spent here, as of a seq.

    Args:
        llm_nanousd: everything this project paid and may have to pay.
        answered: items that the annotator has answered usably, and the words in them.
    """
    items, words = answered
    figures = assumed(reading.rows, limit)
    return human_cost(
        words, llm_nanousd, assumed=figures, items=items, gold=gold[0], gold_items=gold[1], gold_words=gold[2]
    )


def gold(reading: Reading, limit: int) -> Gold:
    """What people labelled before anything was bought; in paper mode a text serves several roles and is paid once."""
    each = ", ".join(f"SUM(item.role = '{role}') AS {role}" for role in GOLD)
    sums = (f"COALESCE(SUM({name}), 0) AS {name}" for name in ("words", *GOLD))
    row = reading.rows(
        f"SELECT {', '.join(sums)}, COALESCE(SUM(MAX({', '.join(GOLD)})), 0) AS labelled FROM"
        f" (SELECT MAX(document.words) AS words, {each} FROM item JOIN document ON document.id = item.document_id"
        " JOIN import_end ON import_end.import_id = document.import_id AND import_end.seq <= ?"
        f" WHERE item.role IN {GOLD} GROUP BY"
        " COALESCE(NULLIF(document.sha256, ''), document.id))",  # purged texts have no hash
        limit,
    )[0]
    return {role: row[role] for role in GOLD if row[role]}, row["labelled"], row["words"]
