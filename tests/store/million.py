"""A project of very many sentences: the real store's file, filled by bulk inserts."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.store.database import Store, now
from llmaaa_tui.store.imports import create_project

SWAHILI = (
    "mkutano waziri serikali bei mafuta soko mji mtoto shule kazi leo jana kesho rais alisema walifika nchi maji"
    " barabara hospitali mkulima zao benki mchezo timu ushindi uchaguzi bunge sheria habari mwezi siku wiki nyumba"
)
ENGLISH = (
    "the minister said market price of water city school bank team win law house road farmer yesterday report company"
    " Thursday river season growth vote court player north new plan after before under people music doctor"
)
CHINESE = "今天 会议 政府 价格 市场 城市 学校 银行 球队 法律 医院 新闻 北京 上海 选举 农民 道路 公司 增长 音乐"
HALVES = 4096
RARE = "Kilimanjaro-Nuru"
"""Stands in the very last sentence alone."""
SIGNS = "100%_sure"
"""Stands in one sentence of the first hundred; `100x_sure` and `100%ysure` stand beside it, and are not meant."""


def build(path: Path, sentences: int, *, rounds: int = 4, batch: int = 500, gold: bool = False) -> None:
    """Make a project of `sentences` pool items and 200 dev items.

    In each round, `batch` items spread over the whole pool were picked; of every ten the last two wait for an
    answer, one failed, two are empty, five labelled. Of round 1 people accepted one in ten, and rejected one in ten.

    Args:
        gold: every pool item has hidden gold, as in a comparison with a benchmark.
    """
    store = Store(path, ("migrations", "ledger"))
    create_project(store, name="million", task="ner", mode="strict", labels=LabelSet.of(("PER", "LOC")), seed=1)
    connection = store.connection
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    indices = [
        (row["name"], row["sql"])
        for row in store.rows("SELECT name, sql FROM sqlite_master WHERE name IN ('document_sha256', 'item_document')")
    ]
    for name, _ in indices:
        connection.execute(f"DROP INDEX {name}")
    with store.transaction() as seq:
        for one, role, count in ((1, "pool", sentences), (2, "dev", 200)):
            store.insert("import", id=one, role=role, file="f", format="jsonl", started_utc=now(), seq=seq)
            store.insert("import_end", import_id=one, documents=count, report="{}", ended_utc=now(), seq=seq)
        connection.executemany(
            "INSERT INTO document (id, import_id, name, text, words, metadata, file, line, sha256, seq)"
            " VALUES (?1, ?2, '', ?3, ?4, '{}', 'f', ?1, ?5, ?6)",
            (
                (n, 1 if n <= sentences else 2, text, len(text.split()), hashlib.sha256(text.encode()).hexdigest(), seq)
                for n, text in enumerate(_texts(sentences), 1)
            ),
        )
        connection.execute(
            "INSERT INTO item (id, document_id, role, seq)"
            " SELECT id, id, CASE import_id WHEN 1 THEN 'pool' ELSE 'dev' END, seq FROM document"
        )
        connection.execute(
            "INSERT INTO annotation (item_id, kind, annotator, state, created_utc, seq)"
            " SELECT id, 'gold', 'gold', 'empty', '', seq FROM item WHERE role = 'dev' OR ?",
            (gold,),
        )
    for _, sql in indices:
        connection.execute(sql)
    for number in range(1, rounds + 1):
        _round(store, number, sentences, rounds, batch)
    connection.execute("PRAGMA journal_mode=WAL")
    store.close()


def _texts(sentences: int) -> Iterator[str]:
    rng = random.Random(1)
    halves = [
        " ".join(rng.choices(words.split(), k=rng.randrange(4, 9)))
        for words in (SWAHILI, SWAHILI, ENGLISH, CHINESE)
        for _ in range(HALVES)
    ]
    for n in range(1, sentences + 201):
        text = f"{halves[n * 7919 % len(halves)]} {halves[n // 3 * 104729 % len(halves)]} {n}"
        match n:
            case 40:
                text += f" {SIGNS}"
            case 41:
                text += " 100x_sure"
            case 42:
                text += " 100%ysure"
            case _ if n == sentences:
                text += f" {RARE}"
        yield text


def _round(store: Store, number: int, sentences: int, rounds: int, batch: int) -> None:
    step = sentences // (rounds * batch)
    with store.transaction() as seq:
        store.insert("round", number=number, strategy="random", target=batch, created_utc=now(), seq=seq)
        for rank in range(1, batch + 1):
            item = ((rank - 1) * rounds + number) * step
            store.insert(
                "selection", round=number, item_id=item, strategy="random", rank=rank, neighbours="[]", seq=seq
            )
    for rank in range(1, batch + 1):
        kind = rank % 10
        if kind >= 8:
            continue
        item = ((rank - 1) * rounds + number) * step
        state = "failed" if kind == 0 else "empty" if kind < 3 else "labelled"
        with store.transaction() as seq:
            annotation = store.insert(
                "annotation",
                item_id=item,
                kind="llm",
                annotator="simulated-x",
                request_key=f"{number}-{rank}",
                round=number,
                state=state,
                failure="not_json" if state == "failed" else None,
                created_utc=now(),
                seq=seq,
            )
            if state == "labelled":
                store.insert("span", annotation_id=annotation, start=0, end=3, label="PER", seq=seq)
            if number == 1 and kind in (3, 4):
                store.insert(
                    "decision",
                    item_id=item,
                    annotation_id=annotation,
                    verdict="accept" if kind == 3 else "reject",
                    reviewer="me",
                    seconds=2.5,
                    created_utc=now(),
                    seq=seq,
                )
