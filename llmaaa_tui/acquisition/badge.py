"""BADGE: sentences that would change the student much, and each in another way (Ash et al. 2020, arXiv 1906.03671)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .contracts import GRADIENTS, PoolView, Selection, check_request
from .vectors import one_thread, rows_by_id, squared_distances


@dataclass(frozen=True, slots=True)
class Badge:
    """The seeding of k-means++ over gradient embeddings (algorithm 1).

    An embedding's length says how much a label would change the classifier, its direction in which way. The first
    sentence is the one of the longest gradient, as in the authors' code (their text draws it uniformly); each further
    one is drawn by its squared distance to the nearest picked. A score is that distance, the first's its length.
    """

    name: str = "badge"
    needs: frozenset[str] = frozenset({GRADIENTS})

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """`n` different sentences, drawn by `rng`; by id where all others equal picked ones."""
        check_request(self, view, n)
        assert view.gradients is not None
        ids, points = rows_by_id(view.ids, view.gradients, GRADIENTS, unit=False)
        picked: list[int] = []
        scores: list[float | None] = []
        free = np.ones(len(ids), dtype=bool)
        with one_thread() as faiss:
            away = squared_distances(faiss, np.zeros(points.shape[1], np.float32), points)
            for _ in range(min(n, len(ids))):
                point = _drawn(away, free, rng) if picked else int(away.argmax())
                scores.append(float(np.sqrt(away[point])))
                picked.append(point)
                free[point] = False
                between = squared_distances(faiss, points[point], points)
                away = np.minimum(away, between) if len(picked) > 1 else between
        return Selection(ids[picked].tolist(), scores)


def _drawn(weights: np.ndarray, free: np.ndarray, rng: np.random.Generator) -> int:
    """A row by its weight; the first free one where all weigh nothing."""
    reach = np.cumsum(weights, dtype=np.float64)
    at = rng.random() * reach[-1]
    if reach[-1] == 0:
        return int(free.argmax())
    return int(min(np.searchsorted(reach, at, side="right"), np.flatnonzero(weights)[-1]))


STRATEGIES = (Badge(),)
