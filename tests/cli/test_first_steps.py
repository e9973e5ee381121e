"""Before the first run: a preview that writes nothing, one question and its price, the projects opened last."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from support import Project, llmaaa, sentences, write_jsonl

from llmaaa_tui import recent
from llmaaa_tui.cli.run import _as_last_asked
from llmaaa_tui.paths import open_project
from llmaaa_tui.store.commands import ask, last_loop, withdraw


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return write_jsonl(tmp_path / "pool.jsonl", sentences(40, 1)), write_jsonl(
        tmp_path / "gold.jsonl", sentences(80, 2)
    )


def test_a_preview_says_what_would_go_where_and_writes_nothing(tmp_path: Path, files: tuple[Path, Path]) -> None:
    pool, gold = files
    done = llmaaa("new", tmp_path / "p", "--pool", pool, "--gold", gold, "--preview")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["roles"]["pool"] == 40
    assert sum(said["roles"][role] for role in ("dev", "meta", "demonstration")) == 80
    assert {label["name"] for label in said["labels"]} == {"PER", "LOC", "ORG"}
    assert all(label["gold"] > 0 and label["words"] for label in said["labels"])
    shown = [one for one in said["sentences"] if one["role"] == "dev"]
    assert shown, "gold is shown with its spans"
    assert all(one["spans"] for one in shown)
    assert all(not one["spans"] for one in said["sentences"] if one["role"] == "pool"), "hidden gold stays hidden"
    assert not (tmp_path / "p").exists()
    pool.write_text('{"tokens": ["a"], "tags": ["B-PER", "O"]}\n')
    done = llmaaa("new", tmp_path / "p", "--pool", pool, "--gold", gold, "--preview")
    assert done.returncode == 2
    assert f"{pool}:1" in done.stderr
    assert done.stdout == ""


def test_one_question_is_priced_and_never_paid_twice(tmp_path: Path, files: tuple[Path, Path]) -> None:
    pool, gold = files
    folder = tmp_path / "p"
    assert llmaaa("new", folder, "--pool", pool, "--gold", gold).returncode == 0
    first = llmaaa("try", folder, "--json")
    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout)
    assert said["simulated"] == "simulated"
    assert said["cost_nanousd"] > 0
    assert said["gold"], "a sentence with names in it"
    assert said["state"] in ("labelled", "empty", "failed")
    project = Project(folder)
    spent = project.status()["budget"]["spent_nanousd"]
    assert spent == said["cost_nanousd"]
    again = llmaaa("try", folder)
    assert "gold says" in again.stdout
    assert project.status()["budget"]["spent_nanousd"] == spent, "asked again, it costs nothing"
    assert project.rows("SELECT COUNT(*) FROM label_in_force") == [(0,)], "it labels nothing"
    assert project.rows("SELECT DISTINCT role FROM item JOIN annotation ON item.id = item_id WHERE kind = 'llm'") == [
        ("meta",)
    ]


def test_a_question_that_does_not_fit_under_the_cap_is_not_asked(tmp_path: Path, files: tuple[Path, Path]) -> None:
    pool, gold = files
    folder = tmp_path / "p"
    assert llmaaa("new", folder, "--pool", pool, "--gold", gold, "--set", "budget.cap_usd=0.000001").returncode == 0
    done = llmaaa("try", folder)
    assert done.returncode == 3
    assert "raise budget.cap_usd" in done.stderr
    assert Project(folder).rows("SELECT COUNT(*) FROM attempt") == [(0,)]


def test_watching_a_project_at_rest_says_so_and_changes_nothing(tmp_path: Path, files: tuple[Path, Path]) -> None:
    pool, gold = files
    folder = tmp_path / "p"
    assert llmaaa("new", folder, "--pool", pool, "--gold", gold).returncode == 0
    before = sqlite3.connect(folder / "llmaaa.db").execute("SELECT seq FROM counter").fetchone()
    done = llmaaa("watch", folder, "--plain", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["worker"]["state"] == "none"
    assert "no worker runs now" in done.stderr
    assert sqlite3.connect(folder / "llmaaa.db").execute("SELECT seq FROM counter").fetchone() == before
    assert "--plain" in llmaaa("watch", folder).stderr, "without a terminal it needs --plain"


def test_projects_opened_last_are_remembered_newest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert recent.recent() == []
    for name in ("a", "b", "gone"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "llmaaa.toml").touch()
        recent.remember(tmp_path / name, name.upper())
    (tmp_path / "gone" / "llmaaa.toml").unlink()
    recent.remember(tmp_path / "a", "A")
    assert [one.name for one in recent.recent()] == ["A", "B"]
    assert recent.file().stat().st_mode & 0o777 == 0o600
    recent.file().write_text("[{]")
    assert recent.recent() == []


def test_a_review_needs_a_person(tmp_path: Path, files: tuple[Path, Path]) -> None:
    pool, gold = files
    assert llmaaa("new", tmp_path / "p", "--pool", pool, "--gold", gold).returncode == 0
    done = llmaaa("review", tmp_path / "p")
    assert done.returncode == 2
    assert "a person has to look" in done.stderr


def test_what_was_asked_for_last_is_known(tmp_path: Path, files: tuple[Path, Path]) -> None:
    pool, gold = files
    folder = tmp_path / "p"
    assert llmaaa("new", folder, "--pool", pool, "--gold", gold).returncode == 0
    database = folder / "llmaaa.db"
    assert last_loop(database) == ((), ())
    ask(database, "loop", {"goals": ["rounds=7"], "set": ["loop.batch=3"]})
    withdraw(database, ask(database, "loop", {"goals": ["rounds=9"]}), "another worker was there")
    ask(database, "stop")
    assert last_loop(database) == (("rounds=7",), ("loop.batch=3",))
    _, settings = open_project(folder)
    goals, overrides, asked = _as_last_asked(folder, database, settings)
    assert (goals, overrides) == (("rounds=7",), ("loop.batch=3",))
    assert asked.loop.batch == 3, "the estimate before a start is of what will run"
    ask(database, "loop", {"goals": ["rounds=8"], "set": ["no.such=1"]})
    assert _as_last_asked(folder, database, settings) == (("rounds=8",), (), settings), "and the screen opens"


def test_settings_of_another_task_are_refused_by_every_command(tmp_path: Path, files: tuple[Path, Path]) -> None:
    pool, gold = files
    folder = tmp_path / "p"
    assert llmaaa("new", folder, "--pool", pool, "--gold", gold).returncode == 0
    settings = folder / "llmaaa.toml"
    settings.write_text(settings.read_text().replace('task = "ner"', 'task = "relation"'))
    for command in (("estimate", folder), ("try", folder), ("run", folder, "--headless")):
        done = llmaaa(*command)
        assert done.returncode == 2, (command, done.stderr)
        assert "project.task: says relation, but this project was made for ner; write that back" in done.stderr
