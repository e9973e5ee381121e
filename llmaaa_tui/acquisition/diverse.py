"""Diverse batches: uncertain sentences that differ from each other (Zhdanov 2019, arXiv 1901.05954, section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clusters import one_each
from .contracts import EMBEDDINGS, PROBABILITIES, PoolView, Selection, check_request
from .margin import margin
from .tokens import item_scores
from .uncertainty import check_scores
from .vectors import rows_by_id

# Candidates a wanted sentence: the paper's β.
BETA = 10


@dataclass(frozen=True, slots=True)
class Diverse:
    """The 10 n least certain by margin, in n clusters weighted by uncertainty; the sentence nearest to each centre.

    The least certain of the picked ranks first, and that uncertainty is the score; equal ones by id.
    """

    name: str = "diverse"
    needs: frozenset[str] = frozenset({PROBABILITIES, EMBEDDINGS})

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """`n` different sentences; `rng` seeds the clustering."""
        check_request(self, view, n)
        assert view.probabilities is not None
        assert view.embeddings is not None
        seed = int(rng.integers(2**31 - 1))
        scores = item_scores(view.probabilities, margin, "mean")
        check_scores(view, scores)
        given = np.asarray(view.ids, dtype=np.int64)
        best = np.lexsort((given, -scores))[: BETA * n]
        # In the order of ids, as the points below.
        best = best[np.argsort(given[best], kind="stable")]
        ids, points = rows_by_id(given[best].tolist(), view.embeddings[best], EMBEDDINGS)
        if 0 < n < len(ids):
            weights = np.maximum(scores[best], 1e-6)
            best = best[one_each(points, n, seed, (weights / weights.mean()).astype(np.float32))[0]]
        ranked = best[np.lexsort((given[best], -scores[best]))]
        return Selection(given[ranked].tolist(), scores[ranked].tolist(), scores)


STRATEGIES = (Diverse(),)
