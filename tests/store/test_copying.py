"""Sentences and gold copied into a project of their own: the same numbers, nothing that was asked."""

from __future__ import annotations

from pathlib import Path

from llmaaa_tui.core.annotation import ItemAnswer
from llmaaa_tui.core.document import Document, Labels, Record, Span
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Kind, Role, State
from llmaaa_tui.store import items, replies, rounds
from llmaaa_tui.store.copying import copy_sentences, has_pool_gold
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.imports import create_project, write_import

GOLD = Labels((Span(0, 3, "PER"),))


def made(path: Path, *, gold: bool) -> Store:
    store = Store(path)
    create_project(store, name="p", task="ner", mode="strict", labels=LabelSet.of(("PER",)), seed=7)
    pool = [Record(Document(f"Ada rose {n} .", name=f"n{n}"), GOLD if gold else None) for n in range(4)]
    for role, records in ((Role.DEV, [Record(Document("Ada sat ."), GOLD)]), (Role.POOL, pool)):
        write_import(store, role, records, file="f", format_name="ner", report={})
    rounds.start_round(store, 1, "random", 1)
    (item, *_) = items.open_items(store)
    replies.write_answers(store, {item: ItemAnswer(State.EMPTY)}, kind=Kind.LLM, annotator="m", number=1)
    return store


def test_numbers_texts_and_gold_stay_and_nothing_that_was_asked_comes_with_them(tmp_path: Path) -> None:
    source, target = made(tmp_path / "a.db", gold=True), Store(tmp_path / "b.db")
    identity = copy_sentences(source.path, target, "p (baseline gold)")
    ids = items.items_of(source, Role.POOL)
    assert items.items_of(target, Role.POOL) == ids == items.open_items(target)
    assert items.documents(target, ids) == items.documents(source, ids)
    assert items.gold_of(target, ids) == dict.fromkeys(ids, GOLD)
    project = items.project(target)
    assert (project.uuid, project.name, project.seed, project.labels) == (identity, "p (baseline gold)", 7, ("PER",))
    assert identity != items.project(source).uuid
    assert not items.labels_in_force(target)
    assert rounds.position(target).number == 0
    assert target.rows("PRAGMA foreign_key_check") == []
    assert [row["name"] for row in target.rows("PRAGMA database_list")] == ["main"]
    source.close()
    target.close()


def test_a_pool_without_gold_is_told(tmp_path: Path) -> None:
    for gold in (True, False):
        store = made(tmp_path / f"{gold}.db", gold=gold)
        assert has_pool_gold(store.path) is gold
        store.close()
