"""Sentence embeddings of the base encoder, for finding the nearest demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from .device import Device, pick, returning_memory, use_threads
from .encoder import load, resolve
from .infer import cast_once
from .model import pad, pad_id, sum_pool
from .settings import StudentSettings
from .stream import PART, Pool, stream
from .words import Pieces, Window, position_limit

FloatArray = NDArray[np.float32]


def embed(
    encoder: str,
    texts: Sequence[str],
    *,
    settings: StudentSettings,
    progress: Callable[[int, int], None] | None = None,
) -> FloatArray:
    """Mean-pooled, L2-normalised encoder states of whole texts, (texts, width); long texts average their windows.

    Args:
        encoder: "embedded", a folder or a hub name; need not be the student's.
        texts: as written; an empty text is embedded as the special tokens alone.
        settings: device, threads, max_pieces and token_budget are used.
        progress: called with (texts done, texts in all) after each batch.

    Raises:
        LlmaaaError: the encoder cannot be had, or memory does not hold one text.
    """
    with returning_memory():
        return _embed(encoder, texts, settings, progress)


def _embed(
    encoder: str, texts: Sequence[str], settings: StudentSettings, progress: Callable[[int, int], None] | None
) -> FloatArray:
    use_threads(settings.threads)
    device = pick(settings.device)
    tokenizer, model = load(resolve(encoder))
    model.to(device.torch_device)
    cast_once(model, device)
    pieces = Pieces(tokenizer, min(settings.max_pieces, position_limit(model) or settings.max_pieces))
    pool = Pool(len(texts), int(model.config.hidden_size))

    def run(rows: Sequence[Window]) -> FloatArray:
        return _forward(model, rows, device)

    for begin in range(0, len(texts), PART):
        part = texts[begin : begin + PART]
        windows = pieces.slices(part, begin)
        done = 0
        for rows, sums in stream(run, windows, settings.token_budget or device.token_budget, device):
            pool.add(rows, sums)
            done += len(rows)
            if progress is not None:
                progress(begin + len(part) * done // len(windows), len(texts))
    return pool.unit()


@torch.inference_mode()
def _forward(model: torch.nn.Module, rows: Sequence[Window], device: Device) -> FloatArray:
    ids, mask = pad(rows, pad_id(model), device.torch_device)
    with device.autocast():
        states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    sums: FloatArray = sum_pool(states, mask).cpu().numpy()
    return sums
