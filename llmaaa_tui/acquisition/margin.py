"""Margin: 1 - (p1 - p2) a token, of its two likeliest tags (Scheffer et al. 2001; Settles 2009, section 3.1)."""

from __future__ import annotations

import numpy as np

from .contracts import Floats
from .uncertainty import reduced_three_ways


def margin(probabilities: Floats) -> Floats:
    """(tokens, tags) → (tokens,), from 0 (certain) to 1 (the two likeliest tags are equal); 0 with a single tag."""
    if probabilities.shape[1] == 1:
        return 0 * probabilities[:, 0]
    two = np.partition(probabilities, -2, axis=1)[:, -2:]
    between: Floats = two[:, 1] - two[:, 0]
    return 1 - between


STRATEGIES = reduced_three_ways("margin", margin)
