"""The annotator measured on a gold split: what its questions show."""

from __future__ import annotations

from pathlib import Path

from simulator_server import SimulatorServer
from support import sentences
from worker.bench import make

from llmaaa_tui.core.states import Role
from llmaaa_tui.store import items
from llmaaa_tui.worker.teacher import teacher_groups


def test_no_question_shows_its_own_answer_where_dev_and_demonstrations_are_the_same(tmp_path: Path) -> None:
    with SimulatorServer(sentences(40, 1)) as server:
        bench = make(tmp_path, server, "project.mode=paper", "annotator.k=50", "annotator.retrieval=random")
    with bench.open() as context:
        store = context.store
        dev = items.sendable(store, Role.DEV)
        groups = teacher_groups(store, context.settings, dev)
        assert [item for group in groups for item in group.items] == dev
        for group in groups:
            texts = {
                item: one.text for item, one in items.documents(store, (*group.items, *group.demonstrations)).items()
            }
            assert len(group.demonstrations) == 50
            assert not {texts[one] for one in group.items} & {texts[one] for one in group.demonstrations}
