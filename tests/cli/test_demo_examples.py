"""What `llmaaa demo` can show: every shipped example makes a project."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from llmaaa_tui.cli.demo import EXAMPLES, SETTINGS, command, examples
from llmaaa_tui.cli.making import make_project
from llmaaa_tui.config import load_settings, parse_settings
from llmaaa_tui.core.tasks import get
from llmaaa_tui.errors import SettingsError
from llmaaa_tui.paths import ProjectPaths

ITEMS = {"ner": 660, "relation": 485, "classification": 300}


@pytest.mark.parametrize("task", sorted(EXAMPLES))
def test_every_example_makes_a_project(tmp_path: Path, task: str) -> None:
    example = EXAMPLES[task]
    settings = parse_settings((example / SETTINGS).read_text(encoding="utf-8"), "demo", ())
    made = make_project(
        tmp_path / "demo", {flag: example / f"{flag}.jsonl" for flag in ("pool", "gold", "test")}, settings
    )
    assert made.simulable
    assert made.warning == ""
    assert any(f"pool: {ITEMS[task]} {get(task).units}" in line for line in made.lines)
    assert not any("cop" in line for line in made.lines), "no text of one role is a copy of another's"
    said = load_settings(ProjectPaths(tmp_path / "demo").settings)
    assert said.project.task == task
    assert {name: said.labels[name] for name in settings.labels} == dict(settings.labels)
    assert said.project.negative == settings.project.negative


def test_templates_of_relations_name_both_ends() -> None:
    settings = parse_settings((EXAMPLES["relation"] / SETTINGS).read_text(encoding="utf-8"), "demo", ())
    assert settings.project.negative in settings.labels
    assert all("{e1}" in said and "{e2}" in said for said in settings.labels.values())


def test_a_task_without_an_example_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["--task", "multilabel", "--dir", str(tmp_path / "demo")])
    assert done.exit_code == 2
    assert "'multilabel' is not one of" in done.output
    assert not (tmp_path / "demo").exists()


def test_the_examples_are_found_by_what_their_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "example" / "somewhere"
    folder.mkdir(parents=True)
    monkeypatch.setattr("llmaaa_tui.cli.demo.data_root", lambda: tmp_path)
    (folder / SETTINGS).write_text('[project]\ntask = "multilabel"\n', encoding="utf-8")
    assert examples() == {"multilabel": folder}
    (folder / SETTINGS).write_text("[project]\ntask = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"somewhere/demo\.toml"):
        examples()
