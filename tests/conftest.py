"""What every test shares: a clean environment, a small encoder, and projects made through the front door."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from support import FAST, Project, llmaaa, sentences, write_jsonl

# A deadline measures the machine, not the code. `make test` tries the same examples every time, so that it fails for a
# change and for nothing else; `make test-long` looks for new ones.
settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "ANTHROPIC_", "LLMAAA_COLOR", "LLMAAA_ASCII")):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """pool, gold and test files of a toy task."""
    folder = tmp_path_factory.mktemp("corpus")
    return {
        "pool": write_jsonl(folder / "pool.jsonl", sentences(120, 1)),
        "gold": write_jsonl(folder / "gold.jsonl", sentences(75, 2)),
        "test": write_jsonl(folder / "test.jsonl", sentences(40, 3)),
    }


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory, corpus: dict[str, Path]) -> Path:
    """A real transformers encoder of 2 layers x 64 with a real tokenizer."""
    from tiny_encoder import build_tiny_encoder  # torch: only for the tests that train

    texts = [" ".join(row["tokens"]) for seed in (1, 2, 3) for row in sentences(60, seed)]
    return build_tiny_encoder(tmp_path_factory.mktemp("encoder") / "tiny", texts)


@pytest.fixture
def make_project(tmp_path: Path, corpus: dict[str, Path], tiny_encoder: Path) -> Iterator[Any]:
    """Make projects with the small encoder, through `llmaaa new`."""
    made: list[Project] = []

    def make(name: str = "project", *settings: str, files: dict[str, Path] | None = None) -> Project:
        flags = [part for flag, path in (files or corpus).items() for part in (f"--{flag}", str(path))]
        chosen = [f"student.encoder={tiny_encoder}", f"annotator.retrieval_encoder={tiny_encoder}", *FAST, *settings]
        sets = [part for setting in chosen for part in ("--set", setting)]
        done = llmaaa("new", tmp_path / name, *flags, *sets)
        assert done.returncode == 0, done.stderr
        made.append(Project(tmp_path / name))
        return made[-1]

    yield make
    for project in made:
        project.close()
