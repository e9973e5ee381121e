"""A batch that was picked before its round opens, so that it can be asked about while the round before it trains.

It is noted where that training begins. The round itself opens later, and then takes the batch as it was planned: its
answers lie in the ledger, and are found there by their questions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..core.states import Phase
from .database import Store
from .rounds import Picked, start_phase

AHEAD = "ahead"
"""The purpose under which `request_item` names the items of such a question; its round has no row yet."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A batch before its round.

    Attributes:
        strategy, target: what it was picked by, and for how many items.
        annotator: whom it is put to.
        seq: when it was planned; labels on demonstrations count up to it.
    """

    strategy: str
    target: int
    annotator: str
    picked: tuple[Picked, ...]
    seq: int = 0


def write_planned(store: Store, number: int, planned: Planned) -> None:
    """Note the batch of round `number` with the training before it."""
    batch = [[one.item, one.rank, one.score, one.neighbours, one.bundle] for one in planned.picked]
    detail = {"strategy": planned.strategy, "target": planned.target, "annotator": planned.annotator, "batch": batch}
    start_phase(store, number - 1, Phase.TRAIN, {AHEAD: detail})


def planned_for(store: Store, number: int) -> Planned | None:
    """The batch planned for a round, the newest where settings changed between; None where there is none."""
    rows = store.rows(
        "SELECT seq, json_extract(detail, '$.ahead') AS ahead FROM phase WHERE round = ? AND name = ?"
        " AND state = 'started' AND json_extract(detail, '$.ahead') IS NOT NULL ORDER BY id DESC LIMIT 1",
        number - 1,
        Phase.TRAIN,
    )
    if not rows:
        return None
    said = json.loads(rows[0]["ahead"])
    return Planned(said["strategy"], said["target"], said["annotator"], _picked(said["batch"]), rows[0]["seq"])


def keys_ahead(store: Store, items: Sequence[int]) -> list[str]:
    """The questions about these items that were put before their round opened, in the order they were planned."""
    rows = store.rows(
        "SELECT request_key, MIN(id) AS first FROM request_item WHERE purpose = ?"
        " AND item_id IN (SELECT value FROM json_each(?)) GROUP BY request_key ORDER BY first",
        AHEAD,
        json.dumps(list(items)),
    )
    return [row["request_key"] for row in rows]


def _picked(batch: Sequence[Any]) -> tuple[Picked, ...]:
    return tuple(Picked(item, rank, score, tuple(shown), bundle) for item, rank, score, shown, bundle in batch)
