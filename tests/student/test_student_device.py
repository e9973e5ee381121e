"""Where the student computes and what it does when memory runs out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from llmaaa_tui.errors import LlmaaaError, SettingsError
from llmaaa_tui.student import device as device_module
from llmaaa_tui.student.device import compile_for, in_pieces, pick, returning_memory, use_threads

GIB = 1 << 30


def pretend_cards(monkeypatch: pytest.MonkeyPatch, free_and_total: list[tuple[int, int]], major: int = 9) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(free_and_total))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(free_and_total))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda index: free_and_total[index])
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda index: 0)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"card {index}")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda index: (major, 0))


def test_without_a_card_auto_is_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_cards(monkeypatch, [])
    device = pick("auto")
    assert device.torch_device.type == "cpu"
    assert "no graphics card" in device.sentence


def test_auto_takes_the_card_with_most_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_cards(monkeypatch, [(10 * GIB, 80 * GIB), (70 * GIB, 80 * GIB)])
    device = pick("auto")
    assert str(device.torch_device) == "cuda:1"
    assert device.precision is torch.bfloat16
    assert "70 of 80 GiB free" in device.sentence
    assert "served model" not in device.sentence


def test_a_card_that_a_served_model_fills_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_cards(monkeypatch, [(8 * GIB, 80 * GIB)], major=7)
    device = pick("cuda:0")
    assert "served model" in device.sentence
    assert device.sentence.count(".") == 1
    assert device.precision is torch.float32


def test_the_precision_can_be_set_where_the_device_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_cards(monkeypatch, [(8 * GIB, 80 * GIB)], major=7)
    assert pick("cuda:0", "float16").precision is torch.float16
    assert "emulated on this card" in pick("cuda:0", "bfloat16").sentence
    assert pick("cpu", "float32").precision is torch.float32
    monkeypatch.setattr(device_module, "_cpu_flags", frozenset)
    emulated = pick("cpu", "bfloat16")
    assert emulated.precision is torch.bfloat16
    assert "emulated on this processor" in emulated.sentence
    with pytest.raises(SettingsError, match=r"student\.precision: float16 needs a graphics card"):
        pick("cpu", "float16")


@pytest.mark.parametrize("setting", ["gpu", "cuda:x", "cuda:", "cuda:7", ""])
def test_a_device_that_is_not_there_is_one_sentence(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_cards(monkeypatch, [(8 * GIB, 80 * GIB)])
    with pytest.raises(LlmaaaError, match=r"student\.device"):
        pick(setting)


def test_only_a_card_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    encoder = torch.nn.Linear(2, 2)
    monkeypatch.setattr(encoder, "compile", lambda **how: asked.append(how))  # compiling takes a minute
    compile_for(pick("cpu"), encoder)
    assert asked == []
    pretend_cards(monkeypatch, [(8 * GIB, 80 * GIB)])
    compile_for(pick("cuda:0"), encoder)
    assert asked == [{"dynamic": True}]


def test_threads_are_the_cores_less_one_or_as_asked() -> None:
    before = torch.get_num_threads()
    try:
        assert use_threads(0) >= 1
        assert use_threads(2) == torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_rows_that_do_not_fit_are_run_in_halves_in_order() -> None:
    sizes: list[int] = []

    def run(rows: Sequence[int]) -> list[int]:
        if len(rows) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        sizes.append(len(rows))
        return [row * row for row in rows]

    parts = in_pieces(run, list(range(10)), pick("cpu"))
    assert [value for part in parts for value in part] == [row * row for row in range(10)]
    assert max(sizes) <= 3


def test_a_single_row_that_does_not_fit_is_one_sentence() -> None:
    def run(rows: Sequence[int]) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(LlmaaaError, match="not enough free memory"):
        in_pieces(run, [1, 2], pick("cpu"))


def test_a_model_that_does_not_fit_is_one_sentence() -> None:
    with pytest.raises(LlmaaaError, match="smaller encoder"), returning_memory():
        raise torch.OutOfMemoryError("CUDA out of memory.")
