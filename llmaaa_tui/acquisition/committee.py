"""Query by committee: the words that several students, trained on the same labels, tag differently.

Vote entropy (Dagan & Engelson 1995) in its soft form (Settles 2009, section 3.2): the entropy of the mean
of the members' softmaxes. Hard votes of three members take four values and rank by little else than ids; the
Kullback-Leibler divergence to the mean (McCallum & Nigam 1998) is what `bald` computes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .contracts import COMMITTEE, Floats, PoolView, Selection, check_request
from .entropy import entropy
from .tokens import ensemble_scores
from .uncertainty import highest


def soft_vote_entropy(members: Floats) -> Floats:
    """(members, tokens, tags) → (tokens,), in nats, from 0 (all are sure of one tag) to log tags."""
    return entropy(members.astype(np.float64).mean(axis=0))


@dataclass(frozen=True, slots=True)
class Committee:
    """Soft vote entropy, mean over a sentence's tokens; equal scores by id."""

    name: str = "committee"
    needs: frozenset[str] = frozenset({COMMITTEE})

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """The `n` sentences the committee is least of one mind about; draws nothing from `rng`."""
        check_request(self, view, n)
        assert view.committee is not None
        if len(view.committee) < 2:
            raise ValueError(f"strategy committee needs at least 2 students, not {len(view.committee)}")
        return highest(view, ensemble_scores(view.committee, soft_vote_entropy, "mean"), n)


STRATEGIES = (Committee(),)
