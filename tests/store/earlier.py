"""Files as earlier versions left them, made by the real store from their migrations alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.resources import data_root
from llmaaa_tui.store import database
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.imports import create_project

WHEN = "2026-01-02T03:04:05.678+00:00"


def earlier_project(path: Path, ledger: Path, last: str, sentences: int = 3) -> None:
    """A project whose newest migrations are of number `last` ("0001"), with a round that has been answered.

    Its ledger has a settled attempt of 40 nano-USD, one of unknown outcome that held 7, and the cap 1000.
    """
    root = path.parent / f"data-{last}"
    shutil.copytree(data_root() / "db", root / "db")
    for file in (root / "db").glob("*/*.sql"):
        if file.stem[:4] > last:
            file.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "data_root", lambda: root)
        store = Store(path)
        money = Store(ledger, ("ledger",))
    uuid = create_project(store, name="p", task="ner", mode="strict", labels=LabelSet.of(("PER",)), seed=1)
    with store.transaction() as seq:
        when = {"created_utc": WHEN, "seq": seq}
        store.insert("import", id=1, role="pool", file="f", format="jsonl", started_utc=WHEN, seq=seq)
        store.insert("import_end", import_id=1, documents=sentences, report="{}", ended_utc=WHEN, seq=seq)
        store.insert("round", number=1, strategy="random", target=1, **when)
        for n in range(1, sentences + 1):
            words = {
                "name": "",
                "text": f"Ada {n}",
                "words": 2,
                "metadata": "{}",
                "file": "f",
                "line": n,
                "sha256": str(n),
            }
            store.insert("document", id=n, import_id=1, seq=seq, **words)
            store.insert("item", id=n, document_id=n, role="pool", seq=seq)
        store.insert("selection", round=1, item_id=1, strategy="random", rank=1, neighbours="[]", seq=seq)
        answer = {"item_id": 1, "kind": "llm", "annotator": "m", "request_key": "k0", "round": 1, "state": "labelled"}
        store.insert("annotation", id=1, **answer, **when)
        store.insert("span", annotation_id=1, start=0, end=3, label="PER", seq=seq)
        store.insert("decision", item_id=1, verdict="accept", annotation_id=1, reviewer="me", seconds=4.0, **when)
        store.insert("event", kind="note", text="said before", **when)
        store.insert("run", version="0.1", settings="{}", goals='["rounds=2"]', rates="{}", started_utc=WHEN, seq=seq)
    with money.transaction() as seq:
        when = {"created_utc": WHEN, "seq": seq}
        money.insert("cap", cap_nanousd=1000, project=uuid, **when)
        process = {"pid": 1, "process_start": "", "boot_id": ""}
        for key, state, cost in (("k0", "settled", 40), ("k1", "unconfirmed", 0)):
            money.insert("request", key=key, provider="openai", endpoint="e", model="m", sample=0, body="{}", **when)
            attempt = money.insert(
                "attempt", request_key=key, project=uuid, purpose="annotate", hold_nanousd=7, **process, **when
            )
            end = {"input_tokens": 10, "cached_tokens": 0, "output_tokens": 5} if cost else {}
            money.insert(
                "attempt_end", attempt_id=attempt, state=state, cost_nanousd=cost, ended_utc=WHEN, seq=seq, **end
            )
        money.connection.execute("UPDATE budget SET cap_nanousd = 1000, spent_nanousd = 40, unconfirmed_nanousd = 7")
    if last > "0001":
        money.connection.execute("UPDATE attempt_end SET unconfirmed_nanousd = 7 WHERE state = 'unconfirmed'")
    store.close()
    money.close()
