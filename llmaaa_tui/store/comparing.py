"""Write a comparison of annotators, once it is whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import NamedTuple

from ..core.annotation import ItemAnswer
from ..core.comparison import Comparison
from .database import Store, now


class Given(NamedTuple):
    """One answer of a contender, with its request; None for a student's."""

    contender: str
    item: int
    sample: int
    answer: ItemAnswer
    request_key: str | None


def write_comparison(store: Store, found: Comparison, items: Sequence[int], given: Sequence[Given]) -> int:
    """Write a comparison with its sample and answers, in one transaction; its number."""
    rows = tuple(replace(row, failed=dict(row.failed)) for row in found.rows)
    document = json.dumps(asdict(replace(found, rows=rows)), ensure_ascii=False)
    with store.transaction() as seq:
        number = store.insert(
            "comparison",
            split=found.split,
            draw=found.draw,
            items=found.items,
            repeats=found.repeats,
            spent_nanousd=found.spent_nanousd,
            document=document,
            created_utc=now(),
            seq=seq,
        )
        store.connection.executemany(
            "INSERT INTO comparison_item VALUES (?, ?, ?, ?)",
            [(number, place, item, seq) for place, item in enumerate(items)],
        )
        store.connection.executemany(
            "INSERT INTO comparison_answer VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    number,
                    one.contender,
                    one.item,
                    one.sample,
                    one.answer.state,
                    one.answer.failure,
                    one.request_key,
                    seq,
                )
                for one in given
            ],
        )
    return number
