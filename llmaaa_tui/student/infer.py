"""One pass of a model over windows: what it says of every position, and the items' vectors where asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain, pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..core.seeds import derive
from .device import Device
from .model import Classifier, Seen, of_outputs, pad, pad_id
from .readouts import owners_of, sum_pool
from .sketch import SKETCH, Sketcher
from .stream import Pool, stream
from .words import Window

FloatArray = NDArray[np.float32]


def infer(
    model: Classifier,
    windows: Sequence[Window],
    lengths: Sequence[int],
    device: Device,
    *,
    budget: int = 0,
    embeddings: bool = False,
) -> tuple[list[FloatArray], FloatArray | None]:
    """Join the windows' answers item by item.

    Args:
        model: in evaluation mode, on `device`.
        windows: of all items, in any order.
        lengths: positions of each item.
        device: where the model is.
        budget: padded sub-words of a pass; 0 means what suits the device.
        embeddings: also pool the encoder states.

    Returns:
        A (positions, classes) array of probabilities an item, NaN where no window answered; and (items, width) vectors
        of length 1, or None.
    """
    scores = Scores(model, lengths, device, embeddings=embeddings)
    scores.read(windows, budget)
    return scores.probabilities(), scores.embeddings()


class Scores:
    """What a model says of items; fed with their windows in parts, so that not all need be there at once.

    Args:
        model: in evaluation mode, on `device`.
        lengths: positions of each item.
        device: where the model is.
        embeddings: also give each item's vector: the mean of its encoder states, or what the classifier reads of it
            (see `Readout.single`).
        gradients: also sketch the gradient each item would give, see `Sketcher`.
        draws: how many further passes with dropout (Monte Carlo dropout, Gal & Ghahramani 2016).
        seed: of the dropout. What an item gets depends also on the items it shares a batch with, so the same items in
            the same order, budget and threads give the same draws.
        temperature: by which logits are divided before the softmax.
    """

    def __init__(
        self,
        model: Classifier,
        lengths: Sequence[int],
        device: Device,
        *,
        embeddings: bool = False,
        gradients: bool = False,
        draws: int = 0,
        seed: int = 0,
        temperature: float = 1.0,
    ) -> None:
        self._model, self._device, self._seed, self._temperature = model, device, seed, temperature
        outputs, read = model.head.out_features, model.head.in_features
        width = read if model.readout.single else read // model.readout.states
        self._begins = np.cumsum([0, *lengths])
        # One array for all positions: the first layer is the plain pass, the others are those with dropout.
        self._found = np.full((1 + draws, int(self._begins[-1]), model.n_classes), np.nan, dtype=np.float32)
        self._states = Pool(len(lengths), width) if embeddings else None
        self._sketches = Pool(len(lengths), SKETCH) if gradients else None
        self._sketcher = Sketcher(outputs, read, device.torch_device) if gradients else None

    def read(self, windows: Sequence[Window], budget: int = 0, progress: Callable[[int], None] | None = None) -> None:
        """Score some windows, each of one of the items.

        Args:
            windows: in any order.
            budget: padded sub-words of a pass; 0 means what suits the device.
            progress: called with the number of positions done after each pass.
        """
        cards = [self._device.torch_device] if self._device.torch_device.type == "cuda" else []
        with torch.random.fork_rng(devices=cards) if len(self._found) > 1 else nullcontext():
            for rows, (found, states, sketches) in stream(
                self._forward, windows, budget or self._device.token_budget, self._device
            ):
                self._found[:, self._places(rows)] = found
                if self._states is not None and states is not None:
                    self._states.add(rows, states)
                if self._sketches is not None and sketches is not None:
                    self._sketches.add(rows, sketches)
                if progress is not None:
                    progress(found.shape[1])

    def probabilities(self) -> list[FloatArray]:
        """A (positions, classes) array an item, NaN where no window answered."""
        return self._by_item(0)

    def draws(self) -> list[list[FloatArray]]:
        """For each pass with dropout a (positions, classes) array an item."""
        return [self._by_item(layer) for layer in range(1, len(self._found))]

    def embeddings(self) -> FloatArray | None:
        """(items, width), rows of length 1, where asked for."""
        return None if self._states is None else self._states.unit()

    def gradients(self) -> FloatArray | None:
        """(items, 384), where asked for."""
        return None if self._sketches is None else self._sketches.sums

    def _by_item(self, layer: int) -> list[FloatArray]:
        return [self._found[layer, begin:end] for begin, end in pairwise(self._begins.tolist())]

    def _places(self, rows: Sequence[Window]) -> NDArray[np.intp]:
        """Where the positions of some windows stand among all."""
        each = self._model.per_point
        counts = np.array([row.points * each for row in rows])
        begins = self._begins[[row.sentence for row in rows]] + [row.start * each for row in rows]
        places: NDArray[np.intp] = np.arange(counts.sum()) + np.repeat(begins - np.cumsum(counts) + counts, counts)
        return places

    @torch.inference_mode()
    def _forward(self, rows: Sequence[Window]) -> tuple[FloatArray, FloatArray | None, FloatArray | None]:
        """(1 + draws, positions, classes) probabilities, (windows, width) sums of vectors, (windows, 384) sketches."""
        model = self._model
        ids, mask = pad(rows, pad_id(model.encoder), self._device.torch_device)
        with self._device.autocast():
            seen: Seen = model(ids, mask, rows)
        layers = [self._softmax(seen.logits)]
        vectors = self._vectors(seen, mask, rows) if self._states is not None else None
        sketches = self._sketch(layers[0], seen.features, rows) if self._sketcher is not None else None
        for draw in range(1, len(self._found)):
            torch.manual_seed(derive(self._seed, draw, "dropout", f"{rows[0].sentence} {rows[0].start}"))
            with dropping(model), self._device.autocast():
                layers.append(self._softmax(model(ids, mask, rows).logits))
        return torch.stack(layers).cpu().numpy(), _numpy(vectors), _numpy(sketches)

    def _vectors(self, seen: Seen, mask: Tensor, rows: Sequence[Window]) -> Tensor:
        if self._model.readout.single:
            return seen.features.float()
        sums = sum_pool(seen.states, mask)
        owners = torch.tensor(owners_of(rows), device=sums.device)
        return sums.new_zeros(len(rows), sums.shape[1]).index_add(0, owners, sums)

    def _sketch(self, probabilities: Tensor, features: Tensor, rows: Sequence[Window]) -> Tensor:
        assert self._sketcher is not None
        errors = probabilities.clone()
        errors[torch.arange(len(errors), device=errors.device), probabilities.argmax(dim=1)] -= 1
        errors = of_outputs(errors, self._model.head.out_features, self._model.binary)
        owners = np.repeat(np.arange(len(rows)), [row.points for row in rows])
        owner_of = torch.from_numpy(owners).to(errors.device)
        return self._sketcher(errors, self._model.activation(features), owner_of, len(rows))

    def _softmax(self, logits: Tensor) -> Tensor:
        return (logits.float() / self._temperature).softmax(dim=-1)


def cast_once(model: nn.Module, device: Device) -> None:
    """Keep the weights of the matrix products in the device's precision, in a model that is not trained any more.

    Autocast would cast all of them again for every batch, to the same numbers.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.to(device.precision)


@contextmanager
def dropping(model: nn.Module) -> Iterator[None]:
    """Dropout is on while this is open, and nothing else that training switches on; afterwards all is off.

    The modules that hold a dropout are switched too: attention asks its own flag, not that of its dropout.
    """
    try:
        for module in model.modules():
            held = chain(vars(module), (name for name, _ in module.named_children()))
            module.training = isinstance(module, nn.Dropout) or any("dropout" in name for name in held)
        yield
    finally:
        model.eval()


def _numpy(tensor: Tensor | None) -> FloatArray | None:
    return None if tensor is None else tensor.cpu().numpy()
