"""Write what was found of copies between roles, of groups of items, and of an annotator asked the same again."""

from __future__ import annotations

import json
from collections.abc import Iterable

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
