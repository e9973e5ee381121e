"""Core-set: no sentence far from a labelled one (Sener & Savarese 2018, arXiv 1708.00489, algorithm 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .contracts import EMBEDDINGS, LABELLED, PoolView, Selection, check_request
from .vectors import Rows, one_thread, rows_by_id, squared_distances, unit_rows

# Pool sentences compared with all labelled ones at once.
_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class CoreSet:
    """k-center, greedily: in turn the sentence farthest from all that are labelled or picked; equal ones by id.

    Distances are Euclidean between L2-normalised states. The paper's second algorithm, which trades a few outliers
    for a smaller radius by mixed integer programming, is left out. A picked sentence's score is its distance when it
    was picked; where nothing is labelled yet, the first is drawn and has none.
    """

    name: str = "coreset"
    needs: frozenset[str] = frozenset({EMBEDDINGS, LABELLED})

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """`n` different sentences; `rng` draws the first where nothing is labelled yet."""
        check_request(self, view, n)
        assert view.embeddings is not None
        assert view.labelled is not None
        ids, points = rows_by_id(view.ids, view.embeddings, EMBEDDINGS)
        labelled = unit_rows(view.labelled)
        first = int(rng.integers(max(len(ids), 1)))
        picked: list[int] = []
        scores: list[float | None] = []
        with one_thread() as faiss:
            away = _distances(faiss, points, labelled)
            for _ in range(min(n, len(ids))):
                point = int(away.argmax()) if picked or len(labelled) else first
                scores.append(float(np.sqrt(away[point])) if picked or len(labelled) else None)
                picked.append(point)
                np.minimum(away, squared_distances(faiss, points[point], points), out=away)
                away[picked] = -1  # never again, also where all others are as near
        return Selection(ids[picked].tolist(), scores)


def _distances(faiss: Any, points: Rows, labelled: Rows) -> Rows:
    """‖point - nearest labelled one‖² for each point, (points,); infinite where nothing is labelled."""
    away: Rows = np.full(len(points), np.inf, dtype=np.float32)
    if not len(labelled):
        return away
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK]
        _, nearest = faiss.knn(block, labelled, 1)
        # FAISS's own distances come by way of products and depend in the last digit on who is asked along.
        for part in range(0, len(block), 1024):
            rows = slice(part, part + 1024)
            between = block[rows] - labelled[nearest[rows, 0]]
            away[start + part : start + part + len(between)] = np.einsum("ij,ij->i", between, between)
    return away


STRATEGIES = (CoreSet(),)
