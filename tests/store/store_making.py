"""A small project in a real SQLite file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from llmaaa_tui.core.annotation import GroundedSpan, ItemAnswer
from llmaaa_tui.core.document import Document, Labels, Record, Span
from llmaaa_tui.core.exchange import RawAnswer, Request, Usage
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Failure, Role, State
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.imports import create_project, write_import
from llmaaa_tui.store.reader import Facts

FACTS = Facts(annotator="a", encoder="e", simulated=None, cap_nanousd=5_000, rounds=3)
LABELLED = ItemAnswer(State.LABELLED, (GroundedSpan(Span(0, 3, "PER"), 2, ("partial_token",)),))
EMPTY = ItemAnswer(State.EMPTY)
FAILED = ItemAnswer(State.FAILED, failure=Failure.NOT_JSON, detail="broken")


def records(count: int, labelled: bool = True) -> list[Record]:
    gold = Labels((Span(0, 3, "PER"), Span(4, 8, "LOC"))) if labelled else None
    return [Record(Document(f"Ada Rome number {n}", file="pool.jsonl", line=n + 1), gold) for n in range(count)]


def new_project(path: Path, pool: int = 6, demonstrations: int = 2) -> tuple[Store, str]:
    """A store with a pool and demonstrations; gives its writer and the project's uuid."""
    store = Store(path)
    uuid = create_project(store, name="p", task="ner", mode="strict", labels=LabelSet.of(("PER", "LOC")), seed=1)
    for role, count in ((Role.POOL, pool), (Role.DEMONSTRATION, demonstrations)):
        write_import(store, role, records(count), file="f", format_name="ner", report={})
    return store, uuid


def request(key: str, items: Sequence[int] = (1,), sample: int = 0) -> Request:
    return Request(key, "openai", "openai", "m", {"ask": key}, tuple(items), sample, 100, 50)


ANSWER = RawAnswer(200, {"x-request-id": "r"}, b'{"entities": []}\xff\x00', 0.25)
USAGE = Usage(input=100, cached=40, cache_write=0, output=20)


def answer(body: bytes) -> RawAnswer:
    return replace(ANSWER, body=body)


def python(script: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """A process of its own that runs a script; its output is read by lines."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
