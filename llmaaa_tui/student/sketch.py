"""The gradient that each item would give the classifier, in few numbers (BADGE; Ash et al. 2020, section 3)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SKETCH = 384
# These two name the signs for good: sketches of different runs and machines can be compared.
_TAG_SEED, _STATE_SEED = 20200417, 20200418


class Sketcher:
    """Sketches of `Σ over points (p − e) ⊗ h`: p the class probabilities, e the one-hot of the likeliest class, h what
    the linear layer reads. This is the gradient of the cross-entropy in the weights of that layer, were the likeliest
    classes the right ones.

    The outer product (outputs × width numbers) is never formed. With matrices of random signs A (outputs, 384) and
    B (width, 384) a point gives `((p − e) A) ∘ (h B) / √384`, whose inner products are those of the outer products on
    average over the signs (Pham & Pagh 2013 use the same identity).

    Args:
        outputs: of the linear layer.
        width: of what it reads.
        device: where the tensors are.
    """

    def __init__(self, outputs: int, width: int, device: torch.device) -> None:
        self._tag_signs = torch.from_numpy(signs(outputs, _TAG_SEED)).to(device)
        self._state_signs = torch.from_numpy(signs(width, _STATE_SEED)).to(device)

    def __call__(self, errors: Tensor, features: Tensor, rows: Tensor, n_rows: int) -> Tensor:
        """The sketches of rows of points, (n_rows, 384) float32; a row without points is 0.

        Args:
            errors: p − e of each output (points, outputs).
            features: (points, width).
            rows: the row of each point (points,).
            n_rows: how many rows there are.
        """
        points = (errors @ self._tag_signs) * (features.float() @ self._state_signs) / SKETCH**0.5
        sketches: Tensor = points.new_zeros(n_rows, SKETCH).index_add_(0, rows, points)
        return sketches


def signs(height: int, seed: int) -> NDArray[np.float32]:
    """Random signs (height, 384), the same on every machine and under every version of the libraries."""
    raw = np.random.PCG64(seed).random_raw(height * SKETCH // 64).astype("<u8")
    bits = np.unpackbits(raw.view(np.uint8)).reshape(height, SKETCH)
    return bits.astype(np.float32) * 2 - 1
