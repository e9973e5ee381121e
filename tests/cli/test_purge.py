"""`llmaaa purge`: not one byte of a text stays in the files, and not one nano-USD of the trail goes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from store.store_making import ANSWER, USAGE, python, request
from support import llmaaa, sentences, write_jsonl

from llmaaa_tui.cli.baseline_loops import prepare
from llmaaa_tui.core.exchange import Request
from llmaaa_tui.paths import open_project
from llmaaa_tui.store import items
from llmaaa_tui.store.commands import ask
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.ledger import LedgerStore
from llmaaa_tui.store.purged import purged

WORD = "Zebrafinch"
"""Stands in every text, label and answer of these tests, and nowhere else."""


def asked(key: str) -> Request:
    return replace(request(key), body={"messages": [{"content": f"Find names in: {WORD} {key}"}]})


def buy(path: Path, project: str, keys: list[str]) -> None:
    ledger = LedgerStore(path, project)
    ledger.set_cap(10**9)
    for key in keys:
        attempt = ledger.hold(asked(key), 1000, "annotate")
        assert attempt is not None
        body = json.dumps({"choices": [{"message": {"content": f"{WORD} is a name"}}]}).encode()
        ledger.settle(attempt, replace(ANSWER, body=body, headers={"x-request-id": WORD}), USAGE, 700)
        ledger.parsed(attempt, "spans.v1", {"surface": WORD}, None)
    failed = ledger.hold(asked(f"{keys[0]} failed"), 1000, "annotate")
    assert failed is not None
    ledger.unknown(failed, "transport", f"the server said: {WORD}")
    ledger.flush()
    ledger.close()


@pytest.fixture
def folder(tmp_path: Path, tiny_encoder: Path) -> Path:
    """A project with all that a few rounds leave behind."""
    return made(tmp_path / "p", tiny_encoder)


def made(folder: Path, encoder: Path, *settings: str) -> Path:
    files = folder.parent / f"{folder.name}-files"
    files.mkdir()
    for flag, seed in (("pool", 1), ("gold", 2)):
        rows = sentences(80, seed)
        for row in rows:
            row["tokens"][-2] += f"{WORD}{seed}"
            row["id"] += WORD
            row["source"] = f"{WORD} archive"
        write_jsonl(files / f"{WORD}-{flag}.jsonl", rows)
    sets = [part for text in (f"student.encoder={encoder}", *settings) for part in ("--set", text)]
    flags = [part for flag in ("pool", "gold") for part in (f"--{flag}", str(files / f"{WORD}-{flag}.jsonl"))]
    done = llmaaa("new", folder, *flags, *sets)
    assert done.returncode == 0, done.stderr
    paths, read = open_project(folder)
    store = Store(paths.database(read))
    uuid = items.project(store).uuid
    pool = items.open_items(store)
    with store.transaction() as seq:
        at = {"created_utc": "2026-11-01T00:00:00+00:00", "seq": seq}
        store.insert("round", number=1, strategy="random", target=3, **at)
        for item in pool[:3]:
            annotation = store.insert(
                "annotation",
                item_id=item,
                kind="llm",
                annotator="m",
                request_key="k1",
                round=1,
                state="labelled",
                detail=f"{WORD}: not found",
                flags=json.dumps([WORD]),
                **at,
            )
            store.insert("span", annotation_id=annotation, start=0, end=3, label="PER", seq=seq)
        store.connection.execute("UPDATE item SET head_type = ?, tail_type = ? WHERE id = ?", (WORD, WORD, pool[0]))
        store.insert("event", kind="failed", text=f"an item failed: {WORD}", body=json.dumps({"text": WORD}), **at)
        searched = json.dumps({"text": WORD})
        store.insert("bulk", id="b", filter=searched, items="[]", sample="[]", reviewer="me", **at)
        job = store.insert("job", kind="try_one", arguments=json.dumps({"text": WORD}), requested_by="me", **at)
        store.insert("job_state", job_id=job, state="failed", detail=f"cannot read {WORD}", **at)
        run = store.insert(
            "run", version="1", settings="{}", goals="[]", rates='{"as_of": "2026-11-01"}', started_utc="t", seq=seq
        )
        store.insert("run_end", run_id=run, code=4, reason=f"the model said {WORD}", ended_utc="t", seq=seq)
    store.close()
    buy(paths.ledger(read), uuid, ["k1", "k2"])
    (paths.models / "round-1").mkdir()
    made = ("worker.log", "simulator.log", "simulator-gold.jsonl", "simulator.db", "simulator-second.db")
    for file in ("models/round-1/vocabulary.txt", *made):  # a simulator keeps the bodies of its batches
        (folder / file).write_text(WORD)
    return folder


def holds(folder: Path, word: str = WORD) -> list[str]:
    """Files below the folder with the word in their bytes or their name, in any letter case of ASCII."""
    found = []
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        spelled = (word.encode(), word.encode("utf-16-le"), word.lower().encode(), word.upper().encode())
        if word in path.name or any(one in content for one in spelled):
            found.append(path.name)
    return found


def trail(ledger: Path) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(ledger)
    try:
        return [
            *connection.execute("SELECT * FROM budget"),
            *connection.execute("SELECT id, request_key, project, purpose, hold_nanousd FROM attempt"),
            *connection.execute(
                "SELECT attempt_id, state, failure, cost_nanousd, input_tokens, cached_tokens, output_tokens,"
                " unconfirmed_nanousd FROM attempt_end"
            ),
            *connection.execute("SELECT key, provider, endpoint, model, sample FROM request"),
            *connection.execute("SELECT * FROM cap"),
        ]
    finally:
        connection.close()


def test_no_byte_of_a_text_stays_and_the_money_trail_does(folder: Path) -> None:
    assert {"llmaaa.db", "worker.log", "vocabulary.txt", "simulator-gold.jsonl"} <= set(holds(folder))
    before = trail(folder / "llmaaa.db")
    state = folder.parent / "state"
    (state / "llmaaa").mkdir(parents=True)
    (state / "llmaaa" / "clipboard.txt").write_text(WORD)
    done = llmaaa("purge", folder, "--yes", XDG_STATE_HOME=str(state))
    assert done.returncode == 0, done.stderr
    assert holds(folder) == holds(state) == []
    assert trail(folder / "llmaaa.db") == before
    assert "160 documents, 3 requests, 2 answers and 6 files" in done.stderr
    store = Store(folder / "llmaaa.db")
    assert store.value("PRAGMA integrity_check") == "ok"
    assert store.value("PRAGMA foreign_key_check") is None
    assert store.value("SELECT COUNT(*) FROM response") == 0
    assert store.value("SELECT COUNT(*) FROM annotation WHERE kind = 'llm'") == 3
    store.close()
    again = llmaaa("purge", folder, "--yes")
    assert again.returncode == 0, again.stderr
    assert "purged 0 documents" in again.stderr


def test_afterwards_status_says_so_and_what_needs_texts_is_refused(folder: Path, tmp_path: Path) -> None:
    assert json.loads(llmaaa("status", folder, "--json").stdout)["purged"] is None
    spent = json.loads(llmaaa("status", folder, "--json").stdout)["budget"]
    assert llmaaa("purge", folder, "--yes").returncode == 0
    said = llmaaa("status", folder)
    assert said.returncode == 0, said.stderr
    assert "\npurged on 20" in said.stdout
    shown = json.loads(llmaaa("status", folder, "--json").stdout)
    assert shown["purged"] == purged(folder / "llmaaa.db") != ""
    assert shown["budget"] == spent
    for command in (
        ("run", folder, "--headless"),
        ("export", folder, "--format", "jsonl", "--out", tmp_path / "x"),
        ("estimate", folder),
        ("replay", folder),
    ):
        done = llmaaa(*command)
        assert done.returncode == 2, done.stderr
        assert "were purged on" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    job = ask(folder / "llmaaa.db", "loop")
    worker = subprocess.run(
        [sys.executable, "-P", "-m", "llmaaa_tui.worker", str(folder), str(job)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert worker.returncode == 2, worker.stderr
    assert "were purged on" in json.loads(llmaaa("status", folder, "--json").stdout)["ended"]["reason"]


def test_nothing_is_deleted_while_a_worker_lives_or_unasked(folder: Path) -> None:
    holder = python(
        "import sys, time; from pathlib import Path; from llmaaa_tui.store.lease import Lease\n"
        "lease = Lease(Path(sys.argv[1]) / 'worker.lock', Path(sys.argv[1]) / 'llmaaa.db'); print('held', flush=True)\n"
        "sys.stdin.readline(); lease.end()",
        folder,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    busy = llmaaa("purge", folder, "--yes")
    assert busy.returncode == 5
    assert "another worker" in busy.stderr
    holder.communicate("go\n", timeout=30)
    unasked = llmaaa("purge", folder)
    assert unasked.returncode == 2
    assert "--yes" in unasked.stderr
    assert purged(folder / "llmaaa.db") == ""
    assert "worker.log" in holds(folder)


def test_of_a_shared_ledger_only_this_projects_answers_go(tmp_path: Path, tiny_encoder: Path) -> None:
    ledger = tmp_path / "shared.db"
    one = made(tmp_path / "one", tiny_encoder, f"budget.ledger={ledger}")
    buy(ledger, "another project", ["k1 failed", "k3"])
    before = trail(ledger)
    done = llmaaa("purge", one, "--yes")
    assert done.returncode == 0, done.stderr
    assert "1 requests stay in the ledger" in done.stderr
    assert holds(one) == []
    assert trail(ledger) == before
    connection = sqlite3.connect(ledger)
    left = connection.execute(
        "SELECT attempt.project, attempt.request_key FROM response JOIN attempt ON attempt.id = response.attempt_id"
    ).fetchall()
    bodies = dict(connection.execute("SELECT key, body FROM request"))
    connection.close()
    assert left == [("another project", "k1 failed"), ("another project", "k3")]
    assert bodies["k1"] == bodies["k2"] == "{}"
    assert WORD in bodies["k1 failed"], "the other project asked it too"
    content = b"".join(path.read_bytes() for path in tmp_path.glob("shared.db*"))
    assert f"{WORD} k2".encode() not in content
    assert f"{WORD} k3".encode() in content


def test_files_that_are_the_users_are_named_and_left(folder: Path) -> None:
    (folder / "labels.jsonl").write_text("mine")
    done = llmaaa("purge", folder, "--yes")
    assert "not touched, for llmaaa did not make them: labels.jsonl" in done.stderr
    assert (folder / "labels.jsonl").read_text() == "mine"
    assert sorted(path.name for path in folder.iterdir() if path.suffix in (".toml", "")) == [
        "llmaaa.toml",
        "models",
    ]


def test_a_program_that_still_reads_is_waited_for(folder: Path) -> None:
    reader = sqlite3.connect(folder / "llmaaa.db", isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT COUNT(*) FROM document").fetchone()
    process = subprocess.Popen(
        [sys.executable, "-m", "llmaaa_tui", "purge", str(folder), "--yes"], stderr=subprocess.PIPE, text=True
    )
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=4)
    reader.execute("COMMIT")
    _, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    assert holds(folder) == [], "a screen that is open keeps the log of the database there"
    reader.close()


def test_baselines_that_are_loops_of_their_own_go_with_it(folder: Path) -> None:
    paths, settings = open_project(folder)
    place = prepare(paths, settings, "random")
    other = place.database(open_project(place.folder)[1])
    store = Store(other)
    uuid = items.project(store).uuid
    assert [document.text for document in items.documents(store, items.open_items(store)).values()]
    store.close()
    assert WORD.encode() in other.read_bytes()
    buy(place.ledger(open_project(place.folder)[1]), uuid, ["only the baseline asked this"])
    done = llmaaa("purge", folder, "--yes")
    assert done.returncode == 0, done.stderr
    assert not paths.baselines.exists()
    assert not [file for file in folder.rglob("*") if file.is_file() and WORD.encode() in file.read_bytes()]
