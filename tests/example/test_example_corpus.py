"""The shipped example corpus is what its README says, and its generator still writes it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from statistics import fmean
from types import ModuleType

import pytest

from llmaaa_tui.core.tags import detect_scheme
from llmaaa_tui.resources import data_root

FILES = ("pool", "gold", "test")
EXAMPLE = data_root() / "example"


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    """The script that measures the corpus."""
    return _load(Path(__file__).parents[2] / "benchmarks" / "example_corpus.py")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The generator."""
    return _load(EXAMPLE / "generate.py")


def test_generator_reproduces_shipped_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, EXAMPLE / "generate.py", "--out", tmp_path], check=True, timeout=60)
    for name in FILES:
        assert (tmp_path / f"{name}.jsonl").read_bytes() == (EXAMPLE / f"{name}.jsonl").read_bytes(), name


def test_another_seed_gives_another_corpus(generate: ModuleType) -> None:
    assert generate.corpus("test", seed=1) != generate.corpus("test")


def test_tags_are_iob2_of_four_labels(figures: ModuleType) -> None:
    for name in FILES:
        lines = figures.read(name)
        assert detect_scheme([line.tags for line in lines]) == "IOB2"
        assert {label for line in lines for _, label in line.mentions()} == {"PER", "ORG", "LOC", "DATE"}
        assert all(len(line.words) == len(line.tags) for line in lines)


def test_no_sentence_twice_and_none_too_long(figures: ModuleType) -> None:
    lines = [line for name in FILES for line in figures.read(name)]
    assert len({line.words for line in lines}) == len(lines)
    lengths = [len(line.words) for line in lines]
    assert min(lengths) >= 4
    assert 25 <= max(lengths) <= 30


def test_files_share_no_frame_and_no_name(figures: ModuleType) -> None:
    counted = figures.structure()
    assert counted.shared_frames == []
    assert counted.shared_names == []
    assert sum(counted.frames.values()) >= 500


def test_structure_is_as_hard_as_promised(figures: ModuleType) -> None:
    counted = figures.structure()
    assert counted.sentences["pool"] >= 600
    assert counted.sentences["gold"] >= 120
    assert counted.sentences["test"] >= 200
    for name in FILES:
        assert counted.two_types[name] >= 0.15, name
        assert counted.without_entity[name] >= 0.20, name


def test_shared_frames_and_names_are_found(figures: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = figures.Sentence(("Then", "Okoro", "sold", "the", "old", "mill", "."), ("O", "B-PER", *["O"] * 5))
    real = figures.read
    monkeypatch.setattr(figures, "read", lambda name: [*real(name), planted] if name != "gold" else real(name))
    counted = figures.structure()
    assert counted.shared_names == ["pool, test: Okoro", "test, pool: Okoro"]
    assert counted.shared_frames == [
        "pool, test: Then slotPER sold the old mill .",
        "test, pool: Then slotPER sold the old mill .",
    ]


@pytest.mark.long
def test_students_learn_it_but_not_from_one_round(figures: ModuleType) -> None:
    scores = figures.trained(figures.SEEDS)
    full = [score.f1 for score in scores["full_gold"]]
    assert all(0.75 <= f1 <= 0.95 for f1 in full), full
    assert fmean(full) - fmean(score.f1 for score in scores["first_round"]) >= 0.15
