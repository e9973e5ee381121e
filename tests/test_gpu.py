"""What nvidia-smi says, read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from llmaaa_tui.errors import LlmaaaError
from llmaaa_tui.gpu import Gpu, gpus, parse


def _smi(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real command of that name on the path."""
    command = folder / "nvidia-smi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_cards_are_read_and_what_the_driver_does_not_say_is_none() -> None:
    text = "NVIDIA H200, 3170, 143771, 41, 52\nTesla T4, [N/A], 15360, [Not Supported], 61\n"
    assert parse(text) == (Gpu("NVIDIA H200", 3170, 143771, 41, 52), Gpu("Tesla T4", None, 15360, None, 61))


def test_a_name_may_hold_a_comma_and_other_lines_are_no_cards() -> None:
    assert parse("Odd, one, 1, 2, 3, 4\n") == (Gpu("Odd, one", 1, 2, 3, 4),)
    assert parse("") == parse("No devices were found\n") == parse(" , , , , \n") == ()
    assert parse("x, 1e999, nan, 3, 4") == (Gpu("x", None, None, 3, 4),)


def test_the_command_is_asked_for_the_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _smi(tmp_path, 'echo "$1 $2" > "$0.asked"; echo "NVIDIA A100, 5, 40960, 0, 33"', monkeypatch)
    assert gpus() == (Gpu("NVIDIA A100", 5, 40960, 0, 33),)
    asked = (tmp_path / "nvidia-smi.asked").read_text()
    assert asked.startswith("--query-gpu=name,memory.used,")
    assert "nounits" in asked


def test_without_the_command_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpus() == ()


def test_a_failing_command_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _smi(tmp_path, "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18", monkeypatch)
    with pytest.raises(LlmaaaError, match=r"^nvidia-smi failed: Failed to initialize NVML"):
        gpus()


def test_it_brings_no_torch() -> None:
    script = "import sys, llmaaa_tui.gpu; assert not {'torch', 'numpy', 'textual'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
