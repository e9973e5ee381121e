"""Recorded answers on pairs, with the commands a person types: how often they are right, and what has no answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import FIRMS, PEOPLE, PLACES, Project, llmaaa, write_jsonl
from ui.doubles import Told, until

from llmaaa_tui.annotators.contracts import Bundle, PlanItem
from llmaaa_tui.config import parse_settings
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.league import wilson
from llmaaa_tui.formats import tasks as formats
from llmaaa_tui.paths import ProjectPaths, open_project
from llmaaa_tui.store.reader import Facts, Reader
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.doors import Doors
from llmaaa_tui.worker.annotator import describe

SETTINGS = (
    "project.negative=no_relation",
    "annotator.provider=recorded",
    "annotator.model=chatgpt",
    "annotator.k=0",
    "annotator.retrieval=none",
    "annotator.per_request=1",
    "loop.initial=24",
    "loop.review=all",  # the run ends before it trains
)
RELATIONS = LabelSet.of(("works_for", "lives_in", "no_relation"), negative="no_relation")
POOL, RIGHT, MISSING = 24, 13, 3


def pairs(count: int, seed: int) -> list[dict[str, Any]]:
    """Sentences of a person, a firm and a place, with one of the three pairs each."""
    rows = []
    for number in range(count):
        names = [some[(number + seed) % len(some)] for some in (PEOPLE, FIRMS, PLACES)]
        text = f"{names[0]} joined {names[1]} and moved to {names[2]} , no{seed}x{number} q{seed * 1000 + number} ."
        head, tail = ((0, 1), (0, 2), (1, 2))[number % 3]
        row = {
            side: {"start": text.index(names[one]), "end": text.index(names[one]) + len(names[one])}
            for side, one in (("head", head), ("tail", tail))
        }
        rows.append({"text": text, **row, "label": RELATIONS.names[number % 3]})
    return rows


def record(pool: Path, out: Path) -> dict[str, int]:
    """Answers about all pairs of the pool but `MISSING`, `RIGHT` of them right; gives how often each label is said."""
    settings = parse_settings("", "here", ("project.task=relation", *SETTINGS))
    asking = describe(ProjectPaths(Path()), settings, RELATIONS).annotator
    assert asking is not None
    said: dict[str, int] = dict.fromkeys(RELATIONS.names, 0)
    with out.open("w", encoding="utf-8") as file:
        for number, one in enumerate(formats.of("relation").read(pool).records[MISSING:]):
            assert one.gold is not None
            [request] = asking.plan([Bundle((PlanItem(number, one.document),))])
            others = [name for name in RELATIONS.names if name not in one.gold.classes]
            label = one.gold.classes[0] if number < RIGHT else others[number % 2]
            said[label] += 1
            answer = {"choices": [{"message": {"content": json.dumps({"1": label})}, "finish_reason": "stop"}]}
            line = {"model": "chatgpt", "body": request.body, "wire": request.wire, "answer": json.dumps(answer)}
            file.write(json.dumps(line) + "\n")
    return said


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    files: list[str | Path] = []
    for name, (count, seed) in {"pool": (POOL, 1), "gold": (75, 2)}.items():
        files += [f"--{name}", write_jsonl(tmp_path / f"{name}.jsonl", pairs(count, seed))]
    chosen = (*SETTINGS, f"annotator.recording={tmp_path / 'answers.jsonl'}")
    sets = [part for setting in chosen for part in ("--set", setting)]
    done = llmaaa("new", tmp_path / "p", "--task", "relation", *files, "--labels", ",".join(RELATIONS.names), *sets)
    assert done.returncode == 0, done.stderr
    made = Project(tmp_path / "p")
    yield made
    made.close()


async def test_right_answers_are_a_share_with_interval_and_missing_ones_are_no_negatives(
    project: Project, tmp_path: Path
) -> None:
    said = record(tmp_path / "pool.jsonl", tmp_path / "answers.jsonl")
    done = project.run()
    assert done.returncode == 6, done.stderr
    usable, expected = POOL - MISSING, wilson(RIGHT, POOL - MISSING)
    assert expected is not None
    # Nothing was made up where nothing was recorded, least of all that there is no relation.
    counted = dict.fromkeys(RELATIONS.names, 0) | dict(
        project.rows(
            "SELECT label, COUNT(*) FROM class_label JOIN annotation ON annotation.id = annotation_id"
            " WHERE kind = 'llm' GROUP BY 1"
        )
    )
    assert counted == said
    [row] = project.status()["annotators"]
    assert (row["name"], row["simulated"], row["usable"]) == ("recorded-chatgpt", "recorded", usable)
    assert row["failed"] == {"no_answer": MISSING}
    figure = row["accuracy"]
    assert (figure["value"], figure["n"]) == (pytest.approx(RIGHT / usable), usable)
    assert (figure["low"], figure["high"]) == pytest.approx((expected.low, expected.high))
    ends = f"{RIGHT / usable:.3f} [{expected.low:.3f}, {expected.high:.3f}] n={usable} pairs"
    text = llmaaa("status", project.folder).stdout
    assert f"recorded-chatgpt on all pairs picked: accuracy {ends}, F1 " in text
    assert f"; {usable} usable, failed {MISSING} no_answer" in text
    paths, settings = open_project(project.folder)
    database = paths.database(settings)
    facts = Facts("recorded-chatgpt", "tiny", "recorded", settings.cap_nanousd, 1)
    doors = Doors(paths, database, database, "ada", "screen of ada")
    for size in ((80, 24), (120, 36), (200, 60)):
        app = LoopApp(Reader(database, database, facts), Told(), reviewer="ada", doors=doors, place="annotators")
        async with app.run_test(size=size) as pilot:
            flat = " ".join((await until(pilot, "recorded-chatgpt  ")).split())
            shown = f".{RIGHT / usable * 100:.0f} (.{expected.low * 100:.0f}–.{expected.high * 100:.0f}) n {usable}"
            for words in ("accuracy as picked", shown, "RECORDED", f"{usable} labelled, 0 empty, {MISSING} failed"):
                assert words in flat, (size, words)
            assert "accuracy on gold" in flat or size[0] < 200
