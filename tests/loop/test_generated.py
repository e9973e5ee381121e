"""Rounds of sentences that the annotator writes itself, through the command and the real simulator."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import Project

MakeProject = Any

WRITES = ("loop.source=fewgen", "loop.initial=16", "loop.batch=8", "annotator.retries=0", "student.epochs=1")
GENERATED = (
    "SELECT item.id, document.text, annotation.kind, annotation.annotator, annotation.round, annotation.request_key"
    " FROM item JOIN document ON document.id = item.document_id JOIN annotation ON annotation.item_id = item.id"
    " AND annotation.kind <> 'student' WHERE item.role = 'generated' ORDER BY item.id"
)


def test_two_rounds_of_written_sentences_are_labelled_paid_and_learnt(make_project: MakeProject) -> None:
    project: Project = make_project("fewgen", *WRITES)
    done = project.run("--json")
    assert done.returncode == 0, done.stderr
    status = json.loads(done.stdout)
    assert status["simulated"] == "simulated"
    assert [row["strategy"] for row in status["rounds"]] == ["fewgen", "fewgen"]
    rows = project.rows(GENERATED)
    assert [row["selected"] for row in status["rounds"]] == [16, 8]
    assert [row["train_size"] for row in status["rounds"]] == [16, 24]
    assert [row["labelled"] + row["empty"] for row in status["rounds"]] == [16, 8]
    assert all(row["dev"]["n"] == 30 and row["picked"] is None for row in status["rounds"])
    assert {(kind, annotator) for _, _, kind, annotator, _, _ in rows} == {("llm", "simulated-gpt-4-turbo")}
    texts = [text for _, text, *_ in rows]
    others = {text for (text,) in project.rows("SELECT text FROM visible_item WHERE role <> 'generated'")}
    assert len(set(texts)) == 24
    assert not set(texts) & others
    spans = project.rows('SELECT text, start, "end" FROM labels WHERE start IS NOT NULL')
    assert len(spans) > 20
    assert all(text[start:end] == text[start:end].strip() != "" for text, start, end in spans)
    budget = status["budget"]
    assert budget["spent_nanousd"] == project.bill()["bill_nanousd"] > 0
    assert budget["by_purpose"] == {"generate": budget["spent_nanousd"]}
    assert budget["held_nanousd"] == budget["unconfirmed_nanousd"] == 0
    demonstrations = {text for (text,) in project.rows("SELECT text FROM visible_item WHERE role = 'demonstration'")}
    pool = {text for (text,) in project.rows("SELECT text FROM visible_item WHERE role IN ('pool', 'dev', 'test')")}
    bodies = [json.loads(body)["messages"] for (body,) in project.rows("SELECT body FROM request")]
    for system, user in bodies:
        examples = system["content"].partition("Examples:\n")[2].splitlines()
        assert len(examples) == 5
        assert {json.loads(line)["text"] for line in examples} <= demonstrations
        assert not any(text in system["content"] + user["content"] for text in pool)
    assert len({system["content"] for system, _ in bodies}) > 1, "each request draws its own demonstrations"


@pytest.mark.long
def test_killed_in_the_middle_it_pays_nothing_twice_and_ends_the_same(make_project: MakeProject) -> None:
    settings = (*WRITES, "loop.source=zerogen", "loop.initial=60", "annotator.concurrency=1")
    project: Project = make_project("killed", *settings)
    worker = project.start("--until", "rounds=1")
    project.wait(lambda: project.rows("SELECT COUNT(*) FROM attempt_end")[0][0] >= 4)
    project.kill_worker()
    worker.wait()
    paid = project.bill()["requests"]
    assert 4 <= paid < 12
    done = project.run("--until", "rounds=1", "--json")
    assert done.returncode == 0, done.stderr
    assert project.bill()["repeated"] <= 2, "what was under way when it died may have been billed"
    undisturbed: Project = make_project("undisturbed", *settings)
    assert undisturbed.run("--until", "rounds=1").returncode == 0
    assert [row[1] for row in project.rows(GENERATED)] == [row[1] for row in undisturbed.rows(GENERATED)]
    assert not any("Examples:" in body for (body,) in project.rows("SELECT body FROM request"))
