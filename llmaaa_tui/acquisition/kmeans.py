"""k-means: the sentences that stand for the most different parts of the pool (arXiv 2310.19596).

Over the base encoder's states it also serves the first round, before there is a student (`loop.first`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clusters import one_each
from .contracts import EMBEDDINGS, PoolView, Selection, check_request
from .vectors import rows_by_id


@dataclass(frozen=True, slots=True)
class KMeans:
    """As many clusters as sentences are wanted, over L2-normalised states; the sentence nearest to each centre.

    A picked sentence's score is the share of the pool in its cluster, and the largest cluster ranks first.
    """

    name: str = "kmeans"
    needs: frozenset[str] = frozenset({EMBEDDINGS})

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """`n` different sentences; `rng` seeds the clustering."""
        check_request(self, view, n)
        assert view.embeddings is not None
        seed = int(rng.integers(2**31 - 1))
        ids, points = rows_by_id(view.ids, view.embeddings, EMBEDDINGS)
        if n == 0 or not len(ids):
            return Selection([], [])
        if len(ids) <= n:  # every sentence is a cluster of its own
            return Selection(ids.tolist(), [1 / len(ids)] * len(ids))
        picked, sizes = one_each(points, n, seed)
        shares = sizes / len(ids)
        ranked = sorted(zip(-shares, ids[picked], strict=True))
        return Selection([int(item) for _, item in ranked], [float(-share) for share, _ in ranked])


STRATEGIES = (KMeans(),)
