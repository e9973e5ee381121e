"""Files of earlier versions are shown as they are, and upgraded only by whoever may write."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from store.earlier import earlier_project
from store.store_making import FACTS, new_project

from llmaaa_tui.cli.view import open_reader
from llmaaa_tui.errors import ProjectError
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.ledger import LedgerStore
from llmaaa_tui.store.reader import Reader
from llmaaa_tui.store.upgrade import upgrade


def bytes_of(*paths: Path) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


@pytest.mark.parametrize("ledger", ["p.db", "money.db"])
@pytest.mark.parametrize("last", ["0001", "0002", "0003", "0005"])
def test_a_project_of_an_earlier_version_is_read_as_it_is_and_the_same_after_its_upgrade(
    tmp_path: Path, ledger: str, last: str
) -> None:
    path, money = tmp_path / "p.db", tmp_path / ledger
    earlier_project(path, money, last)
    before = bytes_of(path, money)
    reader = Reader(path, money, FACTS)
    shown = reader.snapshot()
    then = reader.snapshot(as_of=shown.seq)
    reader.close()
    assert bytes_of(path, money) == before, "looking changes nothing"
    assert (shown.budget.spent_nanousd, shown.budget.unconfirmed_nanousd, shown.budget.cap_nanousd) == (40, 7, 1000)
    assert (then.budget.spent_nanousd, then.budget.unconfirmed_nanousd) == (40, 7)
    (unknown,) = shown.budget.unconfirmed_attempts
    assert (unknown.nanousd, unknown.mine, unknown.verdict) == (7, True, "")
    (row,) = shown.rounds
    assert (row.labelled, row.reviewed, row.cost_nanousd, shown.goals, shown.review) == (1, 1, 40, ("rounds=2",), None)
    assert upgrade(path, money)
    assert not upgrade(path, money)
    reader = Reader(path, money, FACTS)
    assert reader.snapshot() == shown
    assert reader.has_column("decision", "redoes")
    assert reader.has_table("ruling", reader.ledger)
    reader.close()


def test_nothing_heavy_is_loaded_where_nothing_is_pending(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db")
    store.close()
    LedgerStore(tmp_path / "p.db", "p").close()
    script = (
        "import sys; from pathlib import Path; from llmaaa_tui.store.upgrade import upgrade\n"
        "print(upgrade(Path(sys.argv[1]), Path(sys.argv[2])), 'sqlite_utils' in sys.modules)"
    )
    for ledger, said in (("p.db", "False False"), ("new.db", "True True"), ("new.db", "False False")):
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "p.db"), str(tmp_path / ledger)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip() == said, done.stderr


def test_a_writer_at_work_is_waited_for_and_goes_on_after_it(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    earlier_project(path, path, "0003")
    script = (
        "import sqlite3, sys, time\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)\n"
        "event = 'INSERT INTO event (kind, text, created_utc, seq) VALUES (?, ?, ?, 9)'\n"
        "db.execute('BEGIN IMMEDIATE'); db.execute(event, ('a', 'a', 'now')); print('holds', flush=True)\n"
        "time.sleep(0.3); db.execute('COMMIT'); db.execute(event, ('b', 'b', 'now'))"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "holds\n"
    assert upgrade(path, path)
    process.communicate(timeout=60)
    assert process.returncode == 0
    store = Store(path)
    assert [row["kind"] for row in store.rows("SELECT kind FROM event ORDER BY kind")] == ["a", "b", "note"]
    assert store.value("SELECT COUNT(*) FROM standing_decision") == 1
    store.close()


def test_what_is_no_project_is_left_alone(tmp_path: Path) -> None:
    LedgerStore(tmp_path / "ledger.db", "p").close()
    before = bytes_of(tmp_path / "ledger.db")
    (tmp_path / "empty.db").touch()
    for name in ("ledger.db", "empty.db", "missing.db"):
        assert not upgrade(tmp_path / name, tmp_path / "ledger.db")
    assert bytes_of(tmp_path / "ledger.db") == before
    assert not (tmp_path / "missing.db").exists()
    (tmp_path / "text.db").write_text("no database " * 500)
    with pytest.raises(ProjectError, match=r"text\.db: cannot be read"):
        upgrade(tmp_path / "text.db", tmp_path / "ledger.db")


def test_a_file_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    earlier_project(path, path, "0002")
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('llmaaa.migrations', '0099_later', 'then')"
    )
    connection.commit()
    connection.close()
    before = bytes_of(path)
    with pytest.raises(ProjectError, match=r"made by a newer llmaaa \(it has 0099_later\)"):
        upgrade(path, path)
    assert bytes_of(path) == before


def test_an_earlier_file_of_somebody_else_is_named_with_the_way_to_look_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.db"
    earlier_project(path, path, "0003")
    before = bytes_of(path)
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root, who may write everywhere
    with pytest.raises(ProjectError, match=r"p\.db: .* not yours to change; look at it with --readonly"):
        upgrade(path, path)
    assert bytes_of(path) == before


def test_status_looks_at_an_earlier_project_and_a_screen_that_may_write_upgrades_it(tmp_path: Path) -> None:
    path, money = tmp_path / "llmaaa.db", tmp_path / "money.db"
    (tmp_path / "llmaaa.toml").write_text('[budget]\nledger = "money.db"\n')
    earlier_project(path, money, "0001")
    before = bytes_of(path, money)
    command = [sys.executable, "-m", "llmaaa_tui", "status", str(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert (shown["budget"]["spent_nanousd"], shown["budget"]["unconfirmed_nanousd"]) == (40, 7)
    assert bytes_of(path, money) == before
    for writes, has in ((False, False), (True, True), (False, True)):
        _, _, reader = open_reader(tmp_path, writes=writes)
        assert (reader.has_table("assumption"), reader.has_table("ruling", reader.ledger)) == (has, has)
        reader.close()
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert json.loads(again.stdout) == shown
