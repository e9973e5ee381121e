"""Reading stored answers again: nothing is claimed that is not so, and it is applied whole or not at all."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from simulator_server import SimulatorServer
from support import sentences
from worker.bench import Bench, make

from llmaaa_tui.store import replies
from llmaaa_tui.worker import replay
from llmaaa_tui.worker.annotate import annotate

GOLD = sentences(40, 1) + sentences(60, 2)


def in_force(bench: Bench) -> list[tuple[Any, ...]]:
    return bench.rows(
        "SELECT l.item_id, a.annotator, a.state, (SELECT group_concat(start || label) FROM span"
        " WHERE annotation_id = a.id) FROM label_in_force l JOIN annotation a ON a.id = l.annotation_id ORDER BY 1"
    )


def test_a_replay_broken_off_changes_nothing_and_the_second_model_keeps_the_last_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server)
        with bench.open() as context:
            annotate(context, 1)
            first = replies.written(context.store)[0]
            # A second, dearer model said something else about the first sentence.
            second = replies.written(context.store)[1].answer
            named: dict[str, Any] = {"kind": first.kind, "annotator": "second", "number": 1}
            replies.write_answers(context.store, {first.item: second}, **named, request_key="k")
            before = in_force(bench)
            context.store.connection.execute(
                "UPDATE span SET label = 'MISC' WHERE annotation_id = ?", (first.annotation,)
            )
            replayed = replay.replay(context.store, context.ledger, context.labels, context.task.shape)
            assert [one.annotator for one in replayed.differences] == ["simulated-exact"]
            insert = context.store.insert

            def breaks_off(table: str, **columns: Any) -> int:
                if table == "annotation" and columns["annotator"] == "second":
                    raise sqlite3.OperationalError("disk full")
                return insert(table, **columns)

            monkeypatch.setattr(context.store, "insert", breaks_off)
            with pytest.raises(sqlite3.OperationalError):
                replay.apply(context.store, replayed)
            monkeypatch.undo()
            assert in_force(bench) == before
            again = replay.replay(context.store, context.ledger, context.labels, context.task.shape)
            assert len(again.differences) == 1, "what was not applied is still a difference"
            assert replay.apply(context.store, again) == 2
            assert in_force(bench) == before
            assert not replay.replay(context.store, context.ledger, context.labels, context.task.shape).differences


def test_an_answer_that_never_came_is_not_called_deleted(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "annotator.retries=0")
        server.script({"items": {"no1x0 ": "context_length"}})
        with bench.open() as context:
            annotate(context, 1)
            replayed = replay.replay(context.store, context.ledger, context.labels, context.task.shape)
    assert (replayed.answers, replayed.missing, replayed.differences) == (6, 0, [])
