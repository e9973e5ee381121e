"""A strategy of a package that cannot be used: refused by the command, or by the worker, before anything is bought."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from installing import LONGEST, install
from support import Project


def test_a_broken_strategy_is_refused_before_anything_is_bought(
    make_project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project: Project = make_project()
    install(tmp_path / "site", "acme-bad", "acme_bad", LONGEST, nothing="nothing", entropy="strategy")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    refused = project.run("--set", "loop.strategy=nothing")
    assert refused.returncode == 2
    assert "strategy 'nothing' of package acme-bad cannot be used: it has no method select" in refused.stderr
    assert not project.rows("SELECT 1 FROM run"), "no worker was started"
    refused = project.run("--set", "loop.strategy=entropy")
    assert refused.returncode == 2, refused.stderr
    assert "acme-bad brings a strategy 'entropy', which is the name of a built-in one" in refused.stderr
    assert not project.rows("SELECT 1 FROM round UNION SELECT 1 FROM attempt")
