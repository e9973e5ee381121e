"""The next batch is asked about while the student trains: the same rows in the end, nothing paid twice, also killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from simulator_server import SimulatorServer
from support import Project, sentences

from llmaaa_tui.core.snapshot import Snapshot
from llmaaa_tui.store.reader import Facts, Reader

MakeProject = Any
GOLD = sentences(120, 1) + sentences(75, 2)
PRICES = '["simulated-gpt-4-turbo"]\ninput = 10.0\noutput = 30.0\nas_of = 2026-11-01\n'


@pytest.fixture
def servers() -> Iterator[list[SimulatorServer]]:
    """Two that answer alike, slowly enough that a training is in time for them."""
    with (
        SimulatorServer(GOLD, profile="gpt-4-turbo", latency_ms=60) as one,
        SimulatorServer(GOLD, profile="gpt-4-turbo", latency_ms=60) as other,
    ):
        yield [one, other]


def make(make_project: MakeProject, name: str, server: SimulatorServer, *settings: str) -> Project:
    project: Project = make_project(
        name,
        "loop.strategy=random",
        "annotator.provider=compatible",
        "annotator.model=simulated-gpt-4-turbo",
        f"annotator.base_url={server.url}",
        "annotator.concurrency=2",
        "student.patience=50",
        *settings,
    )
    (project.folder / "prices.toml").write_text(PRICES)
    return project


def outcome(project: Project) -> list[list[tuple[Any, ...]]]:
    """What the rows say, whatever their numbers and times are."""
    return [
        project.rows(sql)
        for sql in (
            "SELECT round, item_id, strategy, score, rank, neighbours, bundle FROM selection ORDER BY round, rank",
            "SELECT round, item_id, kind, annotator, sample, state, failure, confidence FROM annotation"
            " WHERE kind <> 'gold' ORDER BY 1, 2, 3, 4, 5",
            'SELECT annotation.round, annotation.item_id, kind, start, "end", label FROM span JOIN annotation'
            " ON annotation.id = annotation_id WHERE kind <> 'gold' ORDER BY 1, 2, 3, 4",
            "SELECT round, item_id FROM training_example ORDER BY 1, 2",
            "SELECT round, subject, split, name, label, value, n FROM metric ORDER BY 1, 2, 3, 4, 5",
            "SELECT round, item_id, sample FROM request_item WHERE purpose = 'annotate' ORDER BY 1, 2, 3",
        )
    ]


@pytest.mark.long
def test_the_same_rows_as_one_after_the_other(make_project: MakeProject, servers: list[SimulatorServer]) -> None:
    ahead, after = make(make_project, "ahead", servers[0]), make(make_project, "after", servers[1], "loop.ahead=false")
    seen: list[Snapshot] = []
    process = ahead.start()
    ahead.wait(lambda: bool(ahead.rows("SELECT 1 FROM event WHERE kind = 'ahead'")))
    reader = Reader(ahead.folder / "llmaaa.db", ahead.folder / "llmaaa.db", Facts("", "", None, 0, 2))
    while process.poll() is None and not ahead.rows("SELECT 1 FROM round WHERE number = 2"):
        seen.append(reader.snapshot())
        time.sleep(0.1)
    reader.close()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert after.run().returncode == 0
    for mine, other in zip(outcome(ahead), outcome(after), strict=True):
        assert sorted(map(str, set(mine) ^ set(other))) == []
        assert mine == other
    assert servers[0].bill() == servers[1].bill()
    assert servers[0].bill()["repeated"] == 0
    assert ahead.status()["budget"] == after.status()["budget"]
    assert ahead.rows("SELECT COUNT(*) FROM request_item WHERE purpose = 'ahead'")[0][0] == 15
    assert not after.rows("SELECT 1 FROM event WHERE kind = 'ahead'")
    for one in seen:  # whoever looks on meanwhile sees round 1 at its training, with money being spent
        assert [row.round for row in one.rounds] == [1]
        assert len(one.batch) == 20
    assert seen[-1].budget.spent_nanousd > seen[-1].rounds[0].cost_nanousd


@pytest.mark.long
@pytest.mark.parametrize("sent", [0, 2, 5])
def test_killed_while_it_asks_ahead(make_project: MakeProject, servers: list[SimulatorServer], sent: int) -> None:
    calm, killed = make(make_project, "calm", servers[0]), make(make_project, "killed", servers[1])
    assert calm.run().returncode == 0
    process = killed.start()
    killed.wait(lambda: bool(killed.rows("SELECT 1 FROM event WHERE kind = 'ahead'")))
    before = killed.rows("SELECT COUNT(*) FROM request_item WHERE purpose = 'annotate'")
    first = killed.rows("SELECT COUNT(DISTINCT request_key) FROM request_item WHERE purpose = 'annotate'")[0][0]
    killed.wait(lambda: killed.rows("SELECT COUNT(*) FROM response")[0][0] >= first + sent)
    killed.kill_worker()
    process.communicate(timeout=60)
    assert killed.rows("SELECT COUNT(*) FROM request_item WHERE purpose = 'annotate'") == before
    paid = killed.rows("SELECT COUNT(*) FROM response")[0][0]
    in_flight = killed.rows("SELECT COUNT(*) FROM attempt WHERE id NOT IN (SELECT attempt_id FROM attempt_end)")[0][0]
    done = killed.run()
    assert done.returncode == 0, done.stderr
    assert outcome(killed) == outcome(calm)
    assert paid >= first + sent
    assert servers[0].bill()["requests"] <= servers[1].bill()["requests"] <= servers[0].bill()["requests"] + in_flight


@pytest.mark.long
def test_a_person_who_decides_meanwhile_makes_nobody_pay_twice(
    make_project: MakeProject, servers: list[SimulatorServer]
) -> None:
    project = make(make_project, "meddled", servers[0], "student.epochs=60")
    process = project.start()
    first = 10
    project.wait(lambda: project.rows("SELECT COUNT(*) FROM response")[0][0] >= first + 8)  # the whole batch
    ((item, text),) = project.rows(
        "SELECT item_id, text FROM request_item JOIN visible_item ON visible_item.id = item_id"
        " WHERE purpose = 'ahead' ORDER BY request_item.id LIMIT 1"
    )
    project.write(
        "INSERT INTO decision (item_id, verdict, reviewer, created_utc, seq)"
        " VALUES (?, 'reject', 'me', '2026-11-01T00:00:00.000+00:00', (SELECT seq FROM counter))",
        item,
    )
    _, said = process.communicate(timeout=90)
    assert process.returncode == 0, said
    assert servers[0].bill()["requests"] == project.rows("SELECT COUNT(*) FROM request")[0][0]
    asked = [seen for seen in servers[0].seen if text in seen.raw.decode()]
    assert len(asked) == 1
    assert project.rows("SELECT COUNT(*) FROM annotation WHERE item_id = ? AND kind = 'llm'", item) == [(1,)]
    assert not project.rows("SELECT 1 FROM training_example WHERE item_id = ?", item)
