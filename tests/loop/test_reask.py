"""A run whose rounds grow, whose pool is sampled, and that asks once more about doubtful labels."""

from __future__ import annotations

from typing import Any

from support import Project

MakeProject = Any


def test_doubtful_labels_are_asked_once_more_and_voted_on(make_project: MakeProject) -> None:
    project: Project = make_project(
        "doubting",
        "student.epochs=1",
        "loop.reask=4",
        "loop.schedule=quadratic",
        "loop.first=kmeans",
        "loop.pool_sample=40",
    )
    done = project.run("--until", "rounds=3")
    assert done.returncode == 0, done.stderr
    status = project.status()
    assert [row["selected"] for row in status["rounds"]] == [5, 15, 30], "50 labels in the 3 rounds that were asked for"
    for row in status["rounds"]:
        assert row["labelled"] + row["empty"] + sum(row["failed"].values()) == row["selected"]
    texts = [text for (text,) in project.rows("SELECT text FROM event WHERE kind = 'picked' ORDER BY id")]
    assert texts[0].startswith("picked 5 of 40 drawn from 120 by kmeans")
    assert texts[1].startswith("picked 15 of 40 drawn from 115 by least confidence")
    assert texts[2].endswith("; 4 doubtful labels are asked once more")

    doubts = project.rows("SELECT round, item_id FROM doubt ORDER BY id")
    assert [number for number, _ in doubts] == [2] * 4 + [3] * 4
    assert len({item for _, item in doubts}) == 8, "not two rounds running"
    for number, item in doubts:
        samples = project.rows(
            "SELECT round, sample, state, request_key FROM annotation WHERE item_id = ? AND kind = 'llm' ORDER BY id",
            item,
        )
        first, again = samples[0], samples[-1]
        assert first[0] < number == again[0]
        assert again[1] == max(sample for _, sample, _, _ in samples[:-1]) + 1
        assert project.rows("SELECT DISTINCT item_id FROM request_item WHERE request_key = ?", again[3]) == [(item,)]
        votes = project.rows(
            "SELECT id FROM annotation WHERE item_id = ? AND kind = 'vote' AND round = ?", item, number
        )
        assert len(votes) == (again[2] != "failed")
        if votes:
            assert project.rows("SELECT annotation_id FROM label_in_force WHERE item_id = ?", item) == votes
            assert (
                project.rows("SELECT annotation_id FROM training_example WHERE item_id = ? AND round = ?", item, number)
                == votes
            )
    budget = status["budget"]
    assert set(budget["by_purpose"]) == {"annotate", "doubt"}
    assert sum(row["cost_nanousd"] for row in status["rounds"]) == budget["spent_nanousd"]
    assert project.bill()["repeated"] == 0
    assert budget["spent_nanousd"] == project.bill()["bill_nanousd"]
    assert not list((project.folder / "models").glob("committee*"))
