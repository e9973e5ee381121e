"""What the student's tests share: a tiny real encoder, its settings, one thread."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_encoder import build_tiny_encoder
from toy_corpus import toy

from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.student.settings import StudentSettings


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Tests share the machine."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an untrained encoder of 2 layers x 64 that knows the toy corpus' words."""
    return build_tiny_encoder(tmp_path_factory.mktemp("encoder"), [" ".join(e.text.words) for e in toy(200)])


@pytest.fixture(scope="session")
def labels() -> LabelSet:
    """The toy corpus' labels."""
    return LabelSet.of(("PER", "LOC"))


@pytest.fixture
def settings(tiny: Path) -> StudentSettings:
    """Settings under which the tiny encoder learns the toy corpus in a second or two."""
    return StudentSettings(
        encoder=str(tiny),
        device="cpu",
        threads=1,
        epochs=12,
        batch=8,
        learning_rate=2e-3,
        head_learning_rate=4e-3,
        freeze_words=False,
    )
