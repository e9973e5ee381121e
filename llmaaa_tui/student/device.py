"""Where the student runs: the card with most free memory, else the CPU, and what to do when memory runs out."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import torch

from ..errors import LlmaaaError, SettingsError

_GIB = 1 << 30
# Above this share held by other processes, a card is said to be filled by a served model.
_FILLED = 0.5

_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
_PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# On a CPU a small batch stays in the cache (measured: 1,024 sub-words run 1.3 times as fast as 4,096).
_CPU_BUDGET = 1024
_CARD_BUDGET = 32768

Row = TypeVar("Row")
Out = TypeVar("Out")


@dataclass(frozen=True, slots=True)
class Device:
    """A device to compute on.

    Args:
        torch_device: where tensors go.
        precision: of the matrix products; weights stay float32.
        sentence: what was picked and why, for the screen.
        token_budget: padded sub-words of a forward pass without gradients that run fastest here.
    """

    torch_device: torch.device
    precision: torch.dtype
    sentence: str
    token_budget: int

    def autocast(self) -> torch.autocast:
        """A context in which matrix products run in `precision`."""
        return torch.autocast(
            self.torch_device.type,
            dtype=self.precision if self.precision is torch.float16 else torch.bfloat16,
            enabled=self.precision is not torch.float32,
        )


def pick(device: str, precision: str = "auto") -> Device:
    """Choose the device `student.device` asks for: "auto", "cpu", "cuda" or "cuda:N".

    Args:
        device: the setting.
        precision: `student.precision`; "auto" is bfloat16 where the device multiplies it itself, else float32.

    Raises:
        LlmaaaError: the setting is none of these, or this machine has no such card.
        SettingsError: the device cannot compute in that precision.
    """
    found = _place(device)
    if precision == "auto":
        return found
    wanted = _PRECISIONS[precision]
    cpu = found.torch_device.type == "cpu"
    if wanted is torch.float16 and cpu:
        raise SettingsError(
            "student.precision: float16 needs a graphics card, and the student runs on the CPU; choose auto, float32 "
            "or bfloat16"
        )
    sentence = found.sentence
    if wanted is torch.bfloat16 and found.precision is torch.float32:
        sentence += f" bfloat16, as set, is emulated on this {'processor' if cpu else 'card'}; float32 is faster here."
    return replace(found, precision=wanted, sentence=sentence)


def _place(device: str) -> Device:
    """The device, in the precision that suits it."""
    if device == "cpu":
        return _cpu("The student runs on the CPU, as set.")
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        if not cards:
            return _cpu("The student runs on the CPU: torch sees no graphics card.")
        return _card(max(range(cards), key=lambda index: torch.cuda.mem_get_info(index)[0]))
    kind, colon, number = device.partition(":")
    if kind != "cuda" or (colon and not number.isdecimal()):
        raise LlmaaaError(f'student.device: {device!r} is not a device; say "auto", "cpu" or "cuda:0"')
    if int(number or 0) >= cards:
        raise LlmaaaError(
            f'student.device: {device} is not there, torch sees {cards} graphics cards; say "auto" or "cpu"'
        )
    return _card(int(number or 0))


def _cpu(sentence: str) -> Device:
    # bfloat16 pays where the processor multiplies it itself (measured: 2.7 times the speed); elsewhere it is emulated.
    native = bool(_FLAGS & _cpu_flags())
    return Device(torch.device("cpu"), torch.bfloat16 if native else torch.float32, sentence, _CPU_BUDGET)


@cache
def _cpu_flags() -> frozenset[str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    line = next((line for line in text.splitlines() if line.startswith("flags")), "")
    return frozenset(line.partition(":")[2].split())


def _card(index: int) -> Device:
    free, total = torch.cuda.mem_get_info(index)
    others = max(0, total - free - torch.cuda.memory_reserved(index))
    sentence = (
        f"The student runs on cuda:{index} ({torch.cuda.get_device_name(index)}), "
        f"{free / _GIB:.0f} of {total / _GIB:.0f} GiB free"
    )
    if others / total > _FILLED:
        sentence += "; another process, probably a served model, fills the rest"
    modern = torch.cuda.get_device_capability(index)[0] >= 8
    return Device(
        torch.device("cuda", index), torch.bfloat16 if modern else torch.float32, f"{sentence}.", _CARD_BUDGET
    )


def compile_for(device: Device, encoder: torch.nn.Module) -> None:
    """`torch.compile` an encoder for prediction, on a graphics card alone.

    On a CPU it does not pay, so nothing is done there: measured with MiniLM, prediction ran 1.07 times as fast after
    minutes of compiling, and a training ends before its compiling does.
    """
    if device.torch_device.type == "cuda":
        encoder.compile(dynamic=True)


def use_threads(threads: int) -> int:
    """Set torch's CPU threads: as many as asked, or for 0 one less than the cores this process may use."""
    wanted = threads if threads > 0 else max(1, _cores() - 1)
    if torch.get_num_threads() != wanted:
        torch.set_num_threads(wanted)
    return wanted


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def returning_memory() -> Iterator[None]:
    """Give memory back when the block ends, and say in one sentence where it did not even hold the model.

    Raises:
        LlmaaaError: memory ran out in the block.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise LlmaaaError(
            "student.device: the card has not enough free memory for this encoder; "
            'set student.device = "cpu", free the card, or choose a smaller encoder'
        ) from error
    finally:
        release()


def release() -> None:
    """Give memory back to the card's other processes, between rounds and after running out."""
    if torch.cuda.is_available():
        gc.collect()
        torch.cuda.empty_cache()


def out_of_memory(device: Device) -> LlmaaaError:
    """The error for a device that cannot even hold one sentence."""
    return LlmaaaError(
        f"student.device: {device.torch_device} has not enough free memory for a single sentence; "
        'set student.device = "cpu", free the card, or lower student.max_pieces'
    )


def in_pieces(run: Callable[[Sequence[Row]], Out], rows: Sequence[Row], device: Device) -> list[Out]:
    """Run all rows at once, or in halves of halves where memory does not hold them; results in order.

    Raises:
        LlmaaaError: memory does not hold one row.
    """
    try:
        return [run(rows)]
    except torch.OutOfMemoryError:
        if len(rows) <= 1:
            raise out_of_memory(device) from None
    # Outside the handler: the exception's frames hold the tensors that did not fit.
    release()
    half = len(rows) // 2
    return in_pieces(run, rows[:half], device) + in_pieces(run, rows[half:], device)
