"""Write what the loop is held against: the annotator itself on a gold split, and a student of the gold alone."""

from __future__ import annotations

from ..core.snapshot import Baseline
from .database import Store, now


def write_baselines(store: Store, found: list[Baseline]) -> None:
    """Scores of one baseline on its splits, in one transaction; of several of a name and split the newest counts."""
    with store.transaction() as seq:
        for one in found:
            store.insert(
                "baseline",
                name=one.name,
                split=one.split,
                train_size=one.train_size,
                failed=one.failed,
                f1=one.score.f1,
                precision=one.score.precision,
                recall=one.score.recall,
                n=one.score.n,
                low=one.score.low,
                high=one.score.high,
                created_utc=now(),
                seq=seq,
            )
