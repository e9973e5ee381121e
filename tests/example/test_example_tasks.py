"""The shipped corpora of relations and of classes are what their READMEs say, and their generator still writes them."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import example_tasks as figures
import pytest

from llmaaa_tui.cli.demo import EXAMPLES, SETTINGS
from llmaaa_tui.config import parse_settings
from llmaaa_tui.core.document import Labels, Record
from llmaaa_tui.core.split import split_gold
from llmaaa_tui.core.states import Role
from llmaaa_tui.resources import data_root

EXAMPLE = data_root() / "example"
TASKS = tuple(figures.TASKS)


def test_generator_reproduces_shipped_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-B", str(EXAMPLE / "generate_tasks.py"), "--out", str(tmp_path)]
    command = [sys.executable, "-B", str(EXAMPLE / "generate_tasks.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=60)
    for task in TASKS:
        for name in figures.FILES:
            shipped = EXAMPLE / task / f"{name}.jsonl"
            assert (tmp_path / task / shipped.name).read_bytes() == shipped.read_bytes(), shipped


@pytest.mark.parametrize("task", TASKS)
def test_sizes_are_those_of_the_readme(task: str) -> None:
    readme = (EXAMPLE / task / "README.md").read_text(encoding="utf-8")
    counted = figures.structure(task)
    for name in figures.FILES:
        row = re.search(rf"^\| `{name}\.jsonl` \| (\d+) \|(?: (\d+) \|)?", readme, re.MULTILINE)
        assert row is not None
        assert int(row[1]) == counted.items[name]
        assert int(row[2] or row[1]) == counted.texts[name]


@pytest.mark.parametrize("task", TASKS)
def test_files_share_no_frame_and_no_name(task: str) -> None:
    counted = figures.structure(task)
    assert counted.shared_frames == []
    assert counted.shared_names == []
    assert counted.shared_trigrams < 0.15


def test_a_shared_frame_and_a_shared_name_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = figures.read
    planted = real("relation", "pool")[:1]
    monkeypatch.setattr(figures, "read", lambda task, name: real(task, name) + (planted if name == "test" else []))
    counted = figures.structure("relation")
    assert len(counted.shared_frames) == 2
    assert {one.split(":")[0] for one in counted.shared_names} == {"pool, test", "test, pool"}


@pytest.mark.parametrize("task", TASKS)
def test_every_file_has_every_label_and_the_demo_says_them_all(task: str) -> None:
    settings = parse_settings((EXAMPLES[task] / SETTINGS).read_text(encoding="utf-8"), "demo", ())
    counted = figures.structure(task)
    for name in figures.FILES:
        assert set(counted.labels[name]) == set(settings.labels), name
        assert min(counted.labels[name].values()) >= 7, name
    assert settings.project.negative == (figures.TASKS[task] or "")


@pytest.mark.parametrize("task", TASKS)
def test_gold_splits_and_no_frame_stands_in_it_twice(task: str) -> None:
    gold = figures.read(task, "gold")
    parts = split_gold(gold, 1)
    assert min(len(parts[role]) for role in (Role.DEV, Role.DEMONSTRATION, Role.META)) >= 20
    for name in ("gold", "test"):
        frames = figures.frames(figures.read(task, name))
        assert len(set(frames)) == len(frames), name


def test_no_pair_twice_and_many_sentences_have_several() -> None:
    for name in figures.FILES:
        records = figures.read("relation", name)
        groups = [list(group) for _, group in groupby(records, key=lambda record: record.document.text)]
        assert len(groups) == len({record.document.text for record in records}), "pairs of a sentence stand together"
        pairs = [record.document.pair for group in groups for record in group]
        assert all(pairs)
        assert all(len({record.document.pair for record in group}) == len(group) for group in groups)
        assert sum(len(group) > 1 for group in groups) >= 0.6 * len(groups)


def test_negatives_are_hard() -> None:
    """Most pairs without a relation are of types of which other pairs have one."""
    for name in figures.FILES:
        records = figures.read("relation", name)
        related = {_types(record) for record in records if figures.label(record) != "no_relation"}
        negatives = [record for record in records if figures.label(record) == "no_relation"]
        assert 0.5 <= len(negatives) / len(records) <= 0.7
        assert sum(_types(record) in related for record in negatives) >= 0.8 * len(negatives)


def _types(record: Record) -> tuple[str, str]:
    pair = record.document.pair
    assert pair is not None
    return pair.head_type, pair.tail_type


@pytest.mark.long
def test_classes_differ_by_more_than_their_words() -> None:
    assert all(record.gold != Labels() for record in figures.read("classification", "pool"))
    few, many = (figures.bags("classification", size, 1)[0] for size in figures.BAGS)
    assert figures.majority("classification") + 0.05 < few < many < 0.75


@pytest.mark.long
def test_relations_are_not_given_away_by_words() -> None:
    few, many = (figures.bags("relation", size, 1)[1] for size in (50, 485))
    assert 0.02 < few < many < 0.6
