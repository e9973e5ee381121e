"""Every strategy picks a real round with a real student; one of a package that picks nonsense writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from installing import LONGEST, install
from simulator_server import SimulatorServer
from support import llmaaa, sentences, write_jsonl
from worker.bench import Bench, make

from llmaaa_tui.acquisition.contracts import Selection
from llmaaa_tui.core.document import Labels
from llmaaa_tui.core.states import Role
from llmaaa_tui.core.strategies import STRATEGIES
from llmaaa_tui.errors import SettingsError
from llmaaa_tui.store import items, rounds, verdicts
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.decisions import Decisions
from llmaaa_tui.worker.annotate import annotate
from llmaaa_tui.worker.pick import batch_of, pick
from llmaaa_tui.worker.train import train_student

TWICE = f"""{LONGEST}
class Twice(Longest):
    name = "twice"

    def select(self, view, n, rng):
        found = super().select(view, n, rng)
        return Selection(found.ids[:1] * n, found.scores[:1] * n)

twice = Twice()
"""
PICKED = 4


def reopen(store: Store, strategy: str) -> None:
    """Round 2 from its beginning, for this strategy."""
    store.connection.execute("PRAGMA foreign_keys=OFF")
    store.connection.execute(
        "DELETE FROM span WHERE annotation_id IN (SELECT id FROM annotation WHERE kind = 'student')"
    )
    store.connection.execute("DELETE FROM annotation WHERE kind = 'student'")
    for table in ("selection", "phase"):
        store.connection.execute(f"DELETE FROM {table} WHERE round = 2")
    store.connection.execute("DELETE FROM round WHERE number = 2")
    rounds.start_round(store, 2, strategy, PICKED)


def test_every_strategy_picks_a_round(tmp_path: Path, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", "acme", "acme", TWICE, longest="strategy", twice="twice")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    with SimulatorServer(sentences(40, 1) + sentences(60, 2)) as server:
        bench = make(
            tmp_path,
            server,
            f"student.encoder={tiny_encoder}",
            "student.epochs=1",
            "student.threads=1",
            "loop.draws=2",
            "loop.committee=2",
            "loop.pool_sample=10",
        )
        with bench.open() as context:
            annotate(context, 1)
            assert train_student(context, 1)
            store = context.store
            unlabelled = set(items.open_items(store))
            for name in (*STRATEGIES, "longest"):
                reopen(store, name)
                pick(context, 2)
                picked = rounds.selection(store, 2)
                assert len({one.item for one in picked} & unlabelled) == PICKED, name
                assert (picked[0].score is None) == (name == "random"), name
                said = store.value("SELECT COUNT(*) FROM annotation WHERE kind = 'student' AND round = 2")
                assert said == PICKED, f"{name}: what the student says of them first is written with them"
            reopen(store, "twice")
            with pytest.raises(SettingsError, match="strategy 'twice' picked an item twice"):
                pick(context, 2)
            assert not rounds.selection(store, 2)


def pairs(count: int, seed: int) -> list[dict[str, Any]]:
    """Sentences with two pairs each, one a row."""
    rows = []
    for number in range(count):
        tokens = f"Ada{seed}x{number} left Oslo{number * 7} for Gent{number * 13} .".split()
        for tail, label in ((2, "left"), (4, "no_relation")):
            place = {"tokens": tokens, "head": {"start": 0, "end": 1}, "tail": {"start": tail, "end": tail + 1}}
            rows.append({"id": f"{seed}-{number}-{tail}", **place, "label": label})
    return rows


def test_a_pair_that_a_person_labelled_is_not_shown_with_others_of_its_sentence(tmp_path: Path) -> None:
    files = {name: write_jsonl(tmp_path / name, pairs(count, count)) for name, count in (("pool", 10), ("gold", 60))}
    flags = [part for name, path in files.items() for part in (f"--{name}", path)]
    sets = ("annotator.retrieval=random", "annotator.k=100", "annotator.provider=gold")
    done = llmaaa(
        "new", tmp_path / "p", "--task", "relation", *flags, *[part for one in sets for part in ("--set", one)]
    )
    assert done.returncode == 0, done.stderr
    with SimulatorServer(sentences(4, 1)) as server, Bench(tmp_path / "p", server).open() as context:
        store = context.store
        pool = items.open_items(store)
        me = Decisions(tmp_path / "p" / "llmaaa.db", "me", "s")
        me.mend(pool[0], None, Labels(classes=("left",)))
        me.mark_demonstration(pool[0], True)
        me.close()
        assert verdicts.made_demonstrations(store) == [pool[0]]
        gold = items.items_of(store, Role.DEMONSTRATION)
        for other, expected in ((pool[1], {*gold}), (pool[2], {*gold, pool[0]})):
            (picked,) = batch_of(context, 2, Selection([other], [None]))
            assert {*picked.neighbours} == expected
