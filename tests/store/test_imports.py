"""An import is seen whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from store.store_making import new_project, python, records

from llmaaa_tui.core.document import NOTHING, Document, Labels, Record, Span
from llmaaa_tui.core.states import Role
from llmaaa_tui.store import imports, items
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.imports import write_import

KILLED = """
import os, signal, sys
from pathlib import Path
from llmaaa_tui.core.states import Role
from llmaaa_tui.store import imports
from llmaaa_tui.store.database import Store
from store.store_making import records

imports.ROWS_A_TRANSACTION = 20
store = Store(Path(sys.argv[1]))
seen = 0
def note(statement):
    global seen
    if statement.startswith(sys.argv[2]):
        seen += 1
        if seen == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
store.connection.set_trace_callback(note)
imports.write_import(store, Role.POOL, records(30), file="f", format_name="ner", report={})
"""


@pytest.mark.parametrize(
    ("statement", "count"), [("COMMIT", 1), ("COMMIT", 4), ('INSERT INTO "span"', 17), ('INSERT INTO "import_end"', 1)]
)
def test_a_killed_import_leaves_nothing_to_see_and_the_next_one_works(
    tmp_path: Path, statement: str, count: int
) -> None:
    path = tmp_path / "p.db"
    new_project(path, pool=0, demonstrations=1)[0].close()
    killed = python(KILLED, path, statement, str(count))
    _, error = killed.communicate(timeout=60)
    assert killed.returncode == -9, error
    store = Store(path)
    assert store.value("SELECT COUNT(*) FROM visible_item WHERE role = 'pool'") == 0
    assert items.items_of(store, Role.POOL) == items.open_items(store) == []
    write_import(store, Role.POOL, records(30), file="f", format_name="ner", report={})
    assert len(items.items_of(store, Role.POOL)) == len(items.open_items(store)) == 30
    assert len(items.items_of(store, Role.DEMONSTRATION)) == 1
    store.close()


def test_nothing_shows_before_the_last_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "ROWS_A_TRANSACTION", 10)
    store, _ = new_project(tmp_path / "p.db", pool=0, demonstrations=0)
    watcher = Store(tmp_path / "p.db")
    seen = []

    def note(statement: str) -> None:
        if statement == "BEGIN IMMEDIATE":
            documents = watcher.value("SELECT COUNT(*) FROM document")
            seen.append((documents, watcher.value("SELECT COUNT(*) FROM visible_item")))

    store.connection.set_trace_callback(note)
    write_import(store, Role.POOL, records(7), file="f", format_name="ner", report={})
    store.connection.set_trace_callback(None)
    assert [visible for _, visible in seen] == [0] * len(seen)
    assert sorted({documents for documents, _ in seen}) == [0, 2, 4, 6, 7]
    assert watcher.value("SELECT COUNT(*) FROM visible_item") == 7
    watcher.close()
    store.close()


def test_transactions_hold_at_most_2000_rows(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db", pool=0, demonstrations=0)
    many = [
        *records(900),
        Record(Document("a " * 3000), Labels(tuple(Span(2 * n, 2 * n + 1, "PER") for n in range(2500)))),
        *records(300, labelled=False),
    ]
    sizes = [0]

    def note(statement: str) -> None:
        if statement.startswith("INSERT"):
            sizes[-1] += 1
        if statement == "COMMIT":
            sizes.append(0)

    store.connection.set_trace_callback(note)
    write_import(store, Role.POOL, many, file="f", format_name="ner", report={})
    store.connection.set_trace_callback(None)
    assert sum(sizes) == 2 + 900 * 5 + 3 + 2500 + 300 * 2
    assert max(sizes) <= 2000
    assert len(sizes) <= 8
    assert store.value("SELECT COUNT(*) FROM span") == 900 * 2 + 2500
    store.close()


def test_what_was_read_comes_back_as_it_was(tmp_path: Path) -> None:
    documents = [
        Document("Ä\u0301\u200fב 🦊 x", ((0, 2), (5, 6)), "n1", "he", {"a": [1, None], "ü": "é"}, "ü.jsonl", 7),
        Document("plain"),
        Document("x", ()),
    ]
    gold = [Labels((Span(5, 6, "LOC"), Span(0, 2, "PER"))), None, NOTHING]
    store, _ = new_project(tmp_path / "p.db", pool=0, demonstrations=0)
    pairs = [Record(document, spans) for document, spans in zip(documents, gold, strict=True)]
    write_import(store, Role.POOL, pairs, file="f", format_name="ner", report={"moves": ["é"]})
    ids = items.items_of(store, Role.POOL)
    assert list(items.documents(store, reversed(ids)).values()) == documents[::-1]
    assert items.gold_of(store, ids) == {ids[0]: Labels((Span(0, 2, "PER"), Span(5, 6, "LOC"))), ids[2]: NOTHING}
    assert [row["words"] for row in store.rows("SELECT words FROM document ORDER BY id")] == [2, 1, 0]
    store.close()


def test_what_only_people_may_see_is_offered_to_nobody_else(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db", pool=2, demonstrations=1)
    rows = [Record(Document(f"secret {n}", never_send=n % 2 == 0), NOTHING) for n in range(4)]
    for role in (Role.POOL, Role.DEMONSTRATION, Role.DEV):
        write_import(store, role, rows, file="f", format_name="ner", report={})
    assert len(items.items_of(store, Role.POOL)) == 6
    assert len(items.open_items(store)) == 4
    for role, count in ((Role.POOL, 4), (Role.DEMONSTRATION, 3), (Role.DEV, 2)):
        offered = items.sendable(store, role)
        assert len(offered) == count
        assert set(offered) < set(items.items_of(store, role))
        assert not any(document.never_send for document in items.documents(store, offered).values())
    marked = [
        document.text
        for document in items.documents(store, items.items_of(store, Role.DEV)).values()
        if document.never_send
    ]
    assert marked == ["secret 0", "secret 2"]
    store.close()


def test_the_project_is_made_once(tmp_path: Path) -> None:
    store, uuid = new_project(tmp_path / "p.db")
    row = items.project(store)
    assert (row.uuid, row.labels, row.seed, row.mode) == (uuid, ("PER", "LOC"), 1, "strict")
    assert re.fullmatch(r"[0-9a-f]{32}", uuid)
    assert row.label_set({"PER": "human"}).verbalised == ("human", "location")
    store.close()
