"""Runs and the log, by page and as of any moment."""

from __future__ import annotations

from pathlib import Path

from store.store_making import new_project
from store.test_reader import Growing

from llmaaa_tui.store import runs
from llmaaa_tui.store.database import now
from llmaaa_tui.store.record import Record


def test_runs_are_the_newest_first_with_how_they_ended(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    record = Record(growing.database, growing.ledger_path)
    assert record.runs() == ()
    growing.start(10)
    began = growing.store.value("SELECT seq FROM counter")
    runs.end_run(growing.store, 1, 7, "stopped by a person")
    runs.start_run(
        growing.store, version="1", settings={"a": {"b": 1}}, goals=["f1=0.5"], rates={}, simulated="recorded"
    )
    second, first = record.runs()
    assert (first.id, first.code, first.reason, first.simulated) == (1, 7, "stopped by a person", "simulated")
    assert first.started_utc <= first.ended_utc
    assert (second.id, second.version, second.code, second.ended_utc, second.reason) == (2, "1", None, "", "")
    assert (second.goals, second.settings, second.simulated) == (("f1=0.5",), {"a": {"b": 1}}, "recorded")
    (alone,) = record.runs(as_of=began)
    assert (alone.id, alone.code, alone.ended_utc) == (1, None, "")
    record.close()
    growing.close()


def test_the_log_is_read_to_its_beginning_page_by_page(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db")
    record = Record(tmp_path / "p.db", tmp_path / "p.db")
    assert record.events() == ()
    for n in range(10):
        runs.log_event(store, "note", f"line {n}")
    with store.transaction() as together:
        for n in range(10, 14):
            store.insert("event", kind="note", text=f"line {n}", created_utc=now(), seq=together)
    for n in range(14, 20):
        runs.log_event(store, "note", f"line {n}")
    whole = [f"line {n}" for n in reversed(range(20))]
    assert [event.text for event in record.events()] == whole
    for size in (1, 3, 7, 8, 20):
        read: list[str] = []
        before = None
        while page := record.events(before, size):
            assert len(page) >= min(size, 20 - len(read))
            read += [event.text for event in page]
            before = page[-1].seq
        assert read == whole
    assert [event.text for event in record.events(as_of=together, limit=5)] == whole[6:11]
    assert record.events(as_of=together - 1)[0].text == "line 9"
    record.close()
    store.close()
