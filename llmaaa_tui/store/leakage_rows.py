"""Write down the questions of leakage probes, and what their answers came to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..core.leakage import Finding, Probe
from ..core.snapshot import Measure
from .database import Store, now
from .leakage import finding_of


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """One question of a probe.

    Attributes:
        arm: which side of the comparison it is of.
        subject: the item it asks about, or the sha256 of a control text.
        repeat: how often it was put before.
        held: what the answer is held against, plain JSON values.
        round: of the round whose selection the item is of; None for others.
    """

    annotator: str
    dataset: str
    probe: Probe
    arm: str
    subject: int | str
    repeat: int
    request_key: str
    held: dict[str, Any] = field(default_factory=dict)
    round: int | None = None


def write_probes(store: Store, rows: Iterable[ProbeRow]) -> None:
    """Note questions before they are sent, in one transaction; what is noted already stays."""
    with store.transaction() as seq:
        at = now()
        store.connection.executemany(
            "INSERT OR IGNORE INTO probe (annotator, dataset, kind, arm, item_id, control, round, repeat, request_key,"
            " held, created_utc, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    one.annotator,
                    one.dataset,
                    one.probe,
                    one.arm,
                    one.subject if isinstance(one.subject, int) else None,
                    one.subject if isinstance(one.subject, str) else None,
                    one.round,
                    one.repeat,
                    one.request_key,
                    json.dumps(one.held, ensure_ascii=False),
                    at,
                    seq,
                )
                for one in rows
            ],
        )


def probes_of_rounds(store: Store, annotator: str, dataset: str, until: int) -> list[ProbeRow]:
    """What this annotator was asked about the selections of rounds up to `until`, in the order it was noted."""
    rows = store.rows(
        "SELECT * FROM probe WHERE round <= ? AND annotator = ? AND dataset = ? ORDER BY id", until, annotator, dataset
    )
    return [
        ProbeRow(
            row["annotator"],
            row["dataset"],
            Probe(row["kind"]),
            row["arm"],
            row["item_id"] if row["control"] is None else row["control"],
            row["repeat"],
            row["request_key"],
            json.loads(row["held"]),
            row["round"],
        )
        for row in rows
    ]


def newest_findings(store: Store, annotator: str, dataset: str) -> dict[Probe, Finding]:
    """What each probe of this annotator and dataset last came to, without those of rounds."""
    rows = store.rows(
        "SELECT * FROM finding WHERE annotator = ? AND dataset = ? AND round IS NULL ORDER BY id", annotator, dataset
    )
    return {one.probe: one for one in map(finding_of, rows)}


def write_findings(store: Store, found: Sequence[Finding]) -> None:
    """Findings in one transaction; of several of an annotator, dataset and probe the newest counts."""
    with store.transaction() as seq:
        for one in found:
            store.insert(
                "finding",
                annotator=one.annotator,
                dataset=one.dataset,
                split=one.split,
                probe=one.probe,
                rule=one.rule,
                n=one.n,
                rate=one.rate,
                low=one.low,
                high=one.high,
                repeats=one.repeats,
                against=_json(one.against),
                effect=_json(one.effect),
                rouge_l=_json(one.rouge_l),
                p=one.p,
                p_holm=one.p_holm,
                unanswered=one.unanswered,
                simulated=one.simulated,
                round=one.round,
                hint=one.hint,
                exact=one.exact,
                near=one.near,
                created_utc=now(),
                seq=seq,
            )


def _json(one: Measure | None) -> str | None:
    return None if one is None else json.dumps(asdict(one))
