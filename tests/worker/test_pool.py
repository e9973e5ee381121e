"""What a strategy looks at: a sample of a huge pool, and a committee that survives a kill."""

from __future__ import annotations

import shutil
from pathlib import Path

from simulator_server import SimulatorServer
from support import sentences
from worker.bench import make

from llmaaa_tui.core.states import Phase
from llmaaa_tui.store import items, rounds
from llmaaa_tui.student.examples import Example, Text
from llmaaa_tui.worker.annotate import annotate
from llmaaa_tui.worker.committee import bootstrap, committee, dismiss
from llmaaa_tui.worker.pool import drawn

GOLD = sentences(40, 1) + sentences(60, 2)


def test_a_huge_pool_is_sampled_and_a_committee_goes_on_where_it_was(tmp_path: Path, tiny_encoder: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, f"student.encoder={tiny_encoder}", "student.epochs=1", "loop.pool_sample=10")
        with bench.open() as context:
            pool = items.open_items(context.store)
            some = drawn(context, 2, pool, 8)
            assert len(some) == 10
            assert some == sorted(set(some) & set(pool))
            assert some == drawn(context, 2, pool, 8), "again the same"
            assert some != drawn(context, 3, pool, 8), "another round, other sentences"
            assert len(drawn(context, 2, pool, 12)) == 12, "never fewer than are picked"
            assert drawn(context, 2, pool[:9], 8) == pool[:9]
        with bench.open("loop.pool_sample=0") as context:
            assert drawn(context, 2, pool, 8) == pool

            annotate(context, 1)
            labels = items.labels_in_force(context.store)
            rounds.write_training_set(context.store, 1, ((one.item, one.annotation, 1.0) for one in labels))
            meter = context.meter(2, Phase.SELECT)
            members = committee(context, 2, meter)
            assert members is not None
            assert len(members) == context.settings.loop.committee - 1
            weights = [(folder / "model.safetensors").read_bytes() for folder in members]
            assert len(set(weights)) == len(members), "each is another student"
            shutil.rmtree(members[1])
            context.control.paused = True
            assert committee(context, 2, meter) is None
            context.control.paused = False
            kept = (members[0] / "model.safetensors").stat().st_mtime_ns
            assert committee(context, 2, meter) == members
            assert (members[0] / "model.safetensors").stat().st_mtime_ns == kept, "the first was there"
            assert [(folder / "model.safetensors").read_bytes() for folder in members] == weights
            dismiss(context, 2)
            assert not list(context.paths.models.glob("committee*"))


def test_a_bootstrap_sample_is_as_large_and_another_by_every_seed() -> None:
    examples = [Example(Text((str(number),)), ("O",)) for number in range(200)]
    one, other = bootstrap(examples, 1), bootstrap(examples, 2)
    assert len(one) == len(other) == 200
    assert bootstrap(examples, 1) == one != other
    assert 100 < len({sentence.text for sentence in one}) < 150, "about 63 % are in it"
