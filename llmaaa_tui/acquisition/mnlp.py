"""MNLP, maximum normalised log-probability (Shen et al. 2018, arXiv 1707.05928, section 4).

The paper ranks sentences by (1/n) log P(the likeliest tags) over the n words, lowest first, so that long sentences are
not preferred for their length. This student tags each word by a softmax of its own: the likeliest path is each word's
likeliest tag, and the score is -(1/n) Σ log max p, in nats. No BIO rule is imposed on the path.
"""

from __future__ import annotations

import numpy as np

from .contracts import Floats
from .uncertainty import Uncertainty


def surprise(probabilities: Floats) -> Floats:
    """(tokens, tags) → (tokens,): -log max p, from 0 (certain) to log tags."""
    most: Floats = probabilities.max(axis=1)
    return 0 - np.log(np.maximum(most, np.finfo(most.dtype).tiny))


STRATEGIES = (Uncertainty("mnlp", surprise, "mean"),)
