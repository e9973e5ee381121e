"""Sentences that the annotator writes: planned alike, paid once, nothing said twice, short where there is no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from simulator_server import SimulatorServer
from support import sentences
from worker.bench import Bench, make

from llmaaa_tui.annotators.contracts import RawAnswer, Request
from llmaaa_tui.config import parse_settings
from llmaaa_tui.core.catalogue import Status, Wanted
from llmaaa_tui.core.states import Role
from llmaaa_tui.errors import AnnotatorError, BudgetError, SettingsError
from llmaaa_tui.store import rounds
from llmaaa_tui.store.catalogue import Catalogue
from llmaaa_tui.store.ledger import LedgerStore
from llmaaa_tui.worker.context import Context
from llmaaa_tui.worker.estimate import estimate
from llmaaa_tui.worker.generate import begin, generate, refuse, repeats_itself
from llmaaa_tui.worker.replay import replay

GOLD = sentences(40, 1) + sentences(60, 2)
WRITES = ("loop.source=fewgen", "annotator.k=3", "annotator.concurrency=1", "annotator.attempts=1")
TEXTS = "SELECT text FROM visible_item WHERE role = 'generated' ORDER BY id"


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(GOLD) as server:
        yield server


def opened(bench: Bench, number: int, size: int, source: str = "fewgen") -> None:
    """A round of written sentences after the bench's own."""
    with bench.open(*WRITES) as context:
        rounds.start_round(context.store, number, source, size)
        begin(context, number)


def write(bench: Bench, number: int, *sets: str) -> bool:
    with bench.open(*WRITES, *sets) as context:
        return generate(context, number)


def texts(bench: Bench) -> list[str]:
    return [text for (text,) in bench.rows(TEXTS)]


def detail(bench: Bench, number: int) -> dict[str, Any]:
    ((found,),) = bench.rows(
        "SELECT detail FROM phase WHERE round = ? AND name = 'annotate' AND state = 'done'", number
    )
    result: dict[str, Any] = json.loads(found)
    return result


def test_an_interrupted_round_pays_nothing_twice_and_ends_like_an_undisturbed_one(
    tmp_path: Path, server: SimulatorServer
) -> None:
    bench = make(tmp_path / "one", server)
    opened(bench, 2, 14)
    server.script(["ok", "ok", "401"])
    with pytest.raises(AnnotatorError):
        write(bench, 2)
    assert texts(bench) == [], "all of a round or nothing"
    server.script([])
    assert write(bench, 2) is False
    bill = server.bill()
    assert (bill["requests"], bill["repeated"]) == (3, 0), "five, five and four sentences"
    assert bench.rows("SELECT spent_nanousd FROM budget") == [(bill["bill_nanousd"],)]
    with SimulatorServer(GOLD) as other:
        undisturbed = make(tmp_path / "other", other)
        opened(undisturbed, 2, 14)
        assert write(undisturbed, 2) is False
        assert texts(undisturbed) == texts(bench)
    assert len(texts(bench)) == 14
    catalogue = Catalogue(bench.folder / "llmaaa.db", bench.folder / "llmaaa.db")
    shown = catalogue.page(Wanted(role=Role.GENERATED)).sentences
    assert [one.text for one in shown] == texts(bench)
    assert {one.status for one in shown} == {Status.LABELLED, Status.EMPTY}
    catalogue.close()
    with bench.open(*WRITES) as context:
        again = replay(context.store, context.ledger, context.labels, context.task.shape)
        assert (again.answers, again.requests, again.differences) == (14, 3, [])


def test_what_the_project_knows_already_is_left_out_counted_and_asked_for_anew(
    tmp_path: Path, server: SimulatorServer
) -> None:
    first = make(tmp_path / "first", server)
    opened(first, 2, 10)
    assert write(first, 2) is False
    pool = [*texts(first)[:4], *(" ".join(row["tokens"]) for row in GOLD[:36])]
    second = make(tmp_path / "second", server, pool=[{"text": text, "spans": []} for text in pool])
    opened(second, 2, 10)
    assert write(second, 2) is False
    assert len(set(texts(second))) == 10
    assert set(texts(second)) & set(texts(first)) == set(texts(first)[4:])
    noted = detail(second, 2)
    assert (noted["asked"], noted["written"]) == (14, 10)
    assert noted["dropped"] == {"copies of other sentences": 4}
    (said,) = second.events("annotated")
    assert said.endswith("14 were asked for in 3 requests; left out: 4 copies of other sentences")


def test_it_costs_what_was_estimated_and_no_more_than_the_worst(tmp_path: Path, server: SimulatorServer) -> None:
    bench = make(tmp_path, server, "loop.initial=12", "loop.rounds=3", "loop.batch=10")
    opened(bench, 2, 20)
    with bench.open(*WRITES) as context:
        said = estimate(context.paths, context.settings, context.store, context.ledger, context.labels)
    assert (said["this_round"]["items"], said["this_round"]["requests"], said["rest"]["items"]) == (20, 4, 10)
    assert any("writes the sentences itself, 5 a request" in note for note in said["notes"])
    assert write(bench, 2) is False
    paid = server.bill()["bill_nanousd"]
    assert 0.6 < paid / said["this_round"]["expected_nanousd"] < 1.4
    assert paid < said["this_round"]["worst_nanousd"] / 4


def test_the_budget_ends_a_round_early_or_before_it_begins(tmp_path: Path, server: SimulatorServer) -> None:
    bench = make(tmp_path, server)
    opened(bench, 2, 20)
    with pytest.raises(BudgetError, match="round 2 waits for it"):
        write(bench, 2, "budget.cap_usd=0.01")
    assert write(bench, 2, "budget.cap_usd=0.075") is True
    noted = detail(bench, 2)
    assert noted["written"] + noted["budget_skipped"] == 20
    assert len(texts(bench)) == noted["written"] > 0
    with bench.open(*WRITES) as context:
        assert LedgerStore(context.paths.ledger(context.settings), "any").spent() <= 75_000_000


class Parrot:
    """A model that writes the same two sentences whatever it is asked."""

    async def send(self, request: Request) -> RawAnswer:
        said = {str(n): {"text": f"Ada met {name} .", "names": ["PER: Ada"]} for n, name in enumerate("XY", 1)}
        choice = {"message": {"content": json.dumps(said)}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
        return RawAnswer(200, {}, json.dumps({"choices": [choice], "usage": usage}).encode(), 0.1)

    async def close(self) -> None: ...


def test_a_model_that_only_repeats_itself_leaves_its_round_short_and_then_ends(
    tmp_path: Path, server: SimulatorServer
) -> None:
    bench = make(tmp_path, server)

    def parroted(context: Context, number: int) -> bool:
        context.kit = replace(context.kit, connect=Parrot)
        return generate(context, number)

    for number, kept, asked in ((2, 2, 20), (3, 0, 11)):
        opened(bench, number, 11, "zerogen")
        with bench.open(*WRITES) as context:
            assert parroted(context, number) is False
            assert repeats_itself(context, number) is (kept == 0)
        assert (detail(bench, number)["written"], detail(bench, number)["asked"]) == (kept, asked)
    assert texts(bench) == ["Ada met X .", "Ada met Y ."]


@pytest.mark.parametrize(
    "setting",
    [
        "annotator.provider=gold",
        "annotator.economy=true",
        "annotator.samples=3",
        "annotator.escalate=b",
        "loop.reask=5",
    ],
)
def test_settings_that_a_writer_cannot_serve_are_refused_in_one_sentence(setting: str) -> None:
    name, _, value = setting.partition("=")
    with pytest.raises(SettingsError, match=rf"^{name}: is {value}, and loop.source zerogen") as said:
        refuse(parse_settings("", "test", ("loop.source=zerogen", setting)))
    assert "\n" not in str(said.value)
    refuse(parse_settings("", "test", (setting,)))
