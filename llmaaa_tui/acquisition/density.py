"""Information density: uncertain sentences that stand for many others (Settles & Craven 2008, section 3.4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .contracts import EMBEDDINGS, PROBABILITIES, PoolView, Selection, check_request
from .entropy import entropy
from .tokens import item_scores
from .uncertainty import highest
from .vectors import Rows, one_thread, rows_by_id, squared_distances


@dataclass(frozen=True, slots=True)
class Density:
    """Mean token entropy × (mean cosine similarity to the pool) ^ beta; equal scores by id.

    The paper multiplies sequence entropy; its similarity is a cosine too. A mean cosine below 0 counts as 0.

    Attributes:
        beta: how much density counts beside uncertainty; 1 as in the paper's experiments.
    """

    name: str = "density"
    needs: frozenset[str] = frozenset({PROBABILITIES, EMBEDDINGS})
    beta: float = 1.0

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """The `n` of the highest product; draws nothing from `rng`."""
        check_request(self, view, n)
        assert view.probabilities is not None
        assert view.embeddings is not None
        ids, points = rows_by_id(view.ids, view.embeddings, EMBEDDINGS)
        near = np.empty(len(ids))
        near[np.argsort(np.asarray(view.ids, dtype=np.int64), kind="stable")] = mean_similarity(points)
        return highest(view, item_scores(view.probabilities, entropy, "mean") * near**self.beta, n)


def mean_similarity(points: Rows) -> npt.NDArray[np.float64]:
    """Each unit vector's mean cosine to all, itself among them, (points,), 0 or more.

    In O(points · dimensions), for the mean of the products is the product with the mean: ⟨x, m⟩, and that is
    (‖x‖² + ‖m‖² - ‖x - m‖²) / 2.
    """
    if not len(points):
        return np.zeros(0)
    mean = points.mean(axis=0, dtype=np.float64).astype(np.float32)
    lengths = np.einsum("ij,ij->i", points, points, dtype=np.float64)
    with one_thread() as faiss:
        between = squared_distances(faiss, mean, points).astype(np.float64)
    products: npt.NDArray[np.float64] = (lengths + float(mean @ mean) - between) / 2
    return np.maximum(products, 0)


STRATEGIES = (Density(),)
