"""Write what was found of copies between roles, of groups of items, and of an annotator asked the same again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from ..core.drift import Occasion
from ..core.groups import Grouped
from ..core.hygiene import Copies
from .database import Store, now


def write_copies(store: Store, found: Iterable[Copies]) -> None:
    """Note what was looked for between roles, zeros too."""
    with store.transaction() as seq:
        for one in found:
            store.insert(
                "copies",
                kind=one.kind,
                role_a=one.role_a,
                role_b=one.role_b,
                count=one.count,
                done=one.done,
                examples=json.dumps(one.examples, ensure_ascii=False),
                created_utc=now(),
                seq=seq,
            )


def write_groups(store: Store, found: Iterable[Grouped], seq: int) -> None:
    """Scores by group and the largest gaps; inside the open transaction of `seq`."""
    for one in found:
        of = {"round": one.round, "subject": one.subject, "split": one.split, "field": one.field}
        for group in one.groups:
            score, failed = group.score, group.failed
            store.insert(
                "group_score",
                **of,
                value=group.value,
                rest=int(group.rest),
                n=score.n,
                f1=score.f1,
                precision=score.precision,
                recall=score.recall,
                low=score.low,
                high=score.high,
                failed=None if failed is None else round(failed.value * failed.n),
                failed_low=None if failed is None else failed.low,
                failed_high=None if failed is None else failed.high,
                created_utc=now(),
                seq=seq,
            )
        if one.gap is not None:
            store.insert("group_gap", **of, **asdict(one.gap), created_utc=now(), seq=seq)


def write_drift(store: Store, one: Occasion, seq: int) -> None:
    """What came of asking the sentinels; inside the open transaction of `seq`."""
    change = one.change
    store.insert(
        "drift",
        round=one.round,
        annotator=one.annotator,
        asked=one.asked,
        answered=one.answered,
        first_round=one.first_round,
        difference=None if change is None else change.difference,
        low=None if change is None else change.low,
        high=None if change is None else change.high,
        p=None if change is None else change.p,
        p_holm=None if change is None else change.p_holm,
        n=one.asked if change is None else change.n,
        created_utc=now(),
        seq=seq,
    )
