"""Disagreement: sentences near to those on which annotator and student differed.

Not from a paper; the regression is plain k-nearest neighbours (Cover & Hart 1967), similarity-weighted. The annotator
is not asked about a pool sentence, so its disagreement with the student is predicted from the labelled sentences,
each measured before it was learnt. The prediction alone is nearly the same for all sentences of one region, and was
measured on a student that has since learnt them; the student's own doubt, which is of now and of this sentence, sets
them apart. Both are shares from 0 to 1, and the score is their product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .contracts import DISAGREEMENT, EMBEDDINGS, LABELLED, PROBABILITIES, Floats, PoolView, Selection, check_request
from .least_confidence import least_confidence
from .tokens import item_scores
from .uncertainty import check_scores
from .vectors import Rows, one_thread, rows_by_id, unit_rows

NEIGHBOURS = 10
# Pool sentences compared with all labelled ones at once.
_BLOCK = 65_536
# Predictions that agree this far are equal: FAISS's cosines depend in the last digit on who is asked along.
_DECIMALS = 5


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Predicted disagreement × mean least confidence; equal products by least confidence, then by id."""

    name: str = "disagreement"
    needs: frozenset[str] = frozenset({PROBABILITIES, EMBEDDINGS, LABELLED, DISAGREEMENT})

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """The `n` of the highest product; by least confidence alone where nothing is labelled yet."""
        check_request(self, view, n)
        assert view.probabilities is not None
        assert view.embeddings is not None
        assert view.labelled is not None
        assert view.disagreement is not None
        unsure = item_scores(view.probabilities, least_confidence, "mean")
        check_scores(view, unsure)
        if not ((view.disagreement >= 0) & (view.disagreement <= 1)).all():
            raise ValueError("disagreement must be from 0 to 1")
        ids, points = rows_by_id(view.ids, view.embeddings, EMBEDDINGS)
        differ = np.ones(len(ids))
        given = np.asarray(view.ids, dtype=np.int64)
        if len(view.labelled):
            with one_thread() as faiss:
                by_id = predicted(faiss, points, unit_rows(view.labelled), view.disagreement)
            differ[np.argsort(given, kind="stable")] = by_id
        scores = unsure * differ
        best = np.lexsort((given, -unsure, -scores))[:n]
        return Selection(given[best].tolist(), scores[best].tolist(), scores)


def predicted(faiss: Any, points: Rows, labelled: Rows, disagreement: Floats) -> npt.NDArray[np.float64]:
    """The mean disagreement on each point's `NEIGHBOURS` nearest labelled sentences, (points,).

    Weighted by cosine, one below 0 as 0; the mean over all labelled ones where no neighbour weighs anything.
    """
    known = np.asarray(disagreement, dtype=np.float64)
    result = np.empty(len(points))
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK]
        cosines, rows = faiss.knn(block, labelled, min(NEIGHBOURS, len(labelled)), metric=faiss.METRIC_INNER_PRODUCT)
        weights = np.maximum(cosines.astype(np.float64), 0)
        total = weights.sum(axis=1)
        weighted = (weights * known[rows]).sum(axis=1)
        result[start : start + len(block)] = np.where(total > 0, weighted / np.where(total > 0, total, 1), known.mean())
    return np.round(result, _DECIMALS)


STRATEGIES = (Disagreement(),)
