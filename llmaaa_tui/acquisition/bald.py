"""BALD: what the student's weights would learn from an answer (Houlsby et al. 2011, equation 2; Gal et al. 2017, 4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .contracts import DRAWS, Floats, PoolView, Selection, check_request
from .entropy import entropy
from .tokens import ensemble_scores
from .uncertainty import highest


def mutual_information(draws: Floats) -> Floats:
    """(draws, tokens, tags) → (tokens,): entropy of the mean softmax less the mean entropy, in nats, 0 or more."""
    exact = draws.astype(np.float64)
    each = entropy(exact.reshape(-1, exact.shape[2])).reshape(exact.shape[:2])
    information: Floats = np.maximum(entropy(exact.mean(axis=0)) - each.mean(axis=0), 0)
    return information


@dataclass(frozen=True, slots=True)
class Bald:
    """Mutual information of tag and weights over passes with dropout, mean over a sentence's tokens; equal ones by id.

    High where each pass is sure of something else. A word that every pass finds hard scores 0: noise of the annotator
    is not looked for, unlike by entropy.
    """

    name: str = "bald"
    needs: frozenset[str] = frozenset({DRAWS})

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """The `n` sentences the passes differ on most; draws nothing from `rng`."""
        check_request(self, view, n)
        assert view.draws is not None
        if len(view.draws) < 2:
            raise ValueError(f"strategy bald compares passes with dropout and needs at least 2, not {len(view.draws)}")
        return highest(view, ensemble_scores(view.draws, mutual_information, "mean"), n)


STRATEGIES = (Bald(),)
