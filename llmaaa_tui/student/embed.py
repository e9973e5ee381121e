"""Embeddings of the base encoder, for finding the nearest demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ..core.document import Pair
from .device import Device, pick, returning_memory, use_threads
from .encoder import load, resolve
from .infer import cast_once
from .model import pad, pad_id
from .readouts import sum_pool
from .settings import StudentSettings
from .stream import PART, Pool, stream
from .words import Pieces, Slice, position_limit

FloatArray = NDArray[np.float32]


def embed(
    encoder: str,
    texts: Sequence[str],
    *,
    settings: StudentSettings,
    pairs: Sequence[Pair | None] = (),
    progress: Callable[[int, int], None] | None = None,
) -> FloatArray:
    """L2-normalised encoder states of whole texts, mean-pooled, (texts, width); long texts average their windows.

    Of a pair it is three such means side by side, (texts, 3 × width): of the whole text, of the head's sub-words and of
    the tail's, each of the same length. So pairs of one sentence differ, a pair differs from its reverse, and the
    cosine of two is the mean of the cosines of their parts. A part without sub-words counts as the whole text.

    Args:
        encoder: "embedded", a folder or a hub name; need not be the student's.
        texts: as written; an empty text is embedded as the special tokens alone.
        settings: device, threads, max_pieces and token_budget are used.
        pairs: of each text, for tasks that ask about pairs; else none, or all None.
        progress: called with (texts done, texts in all) after each batch.

    Raises:
        LlmaaaError: the encoder cannot be had, or memory does not hold one text.
        ValueError: some texts have a pair and some have none.
    """
    given = [pair for pair in pairs if pair is not None]
    if given and len(given) != len(texts):
        raise ValueError(f"{len(given)} pairs for {len(texts)} texts")
    with returning_memory():
        return _embed(encoder, texts, given, settings, progress)


def _embed(
    encoder: str,
    texts: Sequence[str],
    pairs: Sequence[Pair],
    settings: StudentSettings,
    progress: Callable[[int, int], None] | None,
) -> FloatArray:
    use_threads(settings.threads)
    device = pick(settings.device)
    tokenizer, model = load(resolve(encoder))
    model.to(device.torch_device)
    cast_once(model, device)
    pieces = Pieces(tokenizer, min(settings.max_pieces, position_limit(model) or settings.max_pieces))
    width = int(model.config.hidden_size)
    pools = [Pool(len(texts), width) for _ in range(3 if pairs else 1)]

    def run(rows: Sequence[Slice]) -> list[FloatArray]:
        return _forward(model, rows, device)

    for begin in range(0, len(texts), PART):
        part = texts[begin : begin + PART]
        marked = [(pair.head, pair.tail) for pair in pairs[begin : begin + PART]]
        windows = pieces.slices(part, begin, marked)
        done = 0
        for rows, sums in stream(run, windows, settings.token_budget or device.token_budget, device):
            for pool, of_part in zip(pools, sums, strict=True):
                pool.add(rows, of_part)
            done += len(rows)
            if progress is not None:
                progress(begin + len(part) * done // len(windows), len(texts))
    whole, *parts = [pool.unit() for pool in pools]
    if not parts:
        return whole
    for vectors in parts:
        nothing = ~vectors.any(axis=1)
        vectors[nothing] = whole[nothing]
    return np.asarray(np.concatenate([whole, *parts], axis=1) / 3**0.5, dtype=np.float32)


@torch.inference_mode()
def _forward(model: torch.nn.Module, rows: Sequence[Slice], device: Device) -> list[FloatArray]:
    """The sums of states (rows, width): of all sub-words, then of each marked stretch."""
    ids, mask = pad(rows, pad_id(model), device.torch_device)
    with device.autocast():
        states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    masks = [mask]
    for stretch in range(len(rows[0].columns)):
        chosen = torch.zeros(mask.shape, dtype=mask.dtype)
        for row, window in enumerate(rows):
            chosen[row, list(window.columns[stretch])] = 1
        masks.append(chosen.to(mask.device))
    return [sum_pool(states, one).cpu().numpy() for one in masks]
