"""k-means over unit vectors, and one point for each cluster: what `kmeans` and `diverse` share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .vectors import Rows, one_thread

ITERATIONS = 20
# Points compared with all centres at once.
_BLOCK = 65_536


def one_each(
    points: Rows, n: int, seed: int, weights: Rows | None = None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """`n` different rows, each the free one nearest to its cluster's centre, and the clusters' sizes, largest first.

    Equal distances go by row. Takes O(rows · n) time; trains on 256 points a centre at most, drawn by the seed.

    Args:
        points: unit vectors, (rows, dimensions), more than `n`.
        n: clusters.
        seed: where they start.
        weights: how much a row pulls its centre, (rows,), mean 1; all alike if None.
    """
    with one_thread() as faiss:
        # The floor of one silences FAISS's advice on stdout.
        kmeans = faiss.Kmeans(points.shape[1], n, niter=ITERATIONS, seed=seed, min_points_per_centroid=1)
        kmeans.train(points, weights=weights)
        # Each centre's n nearest are enough: the other centres can take n - 1 of them at most.
        nearest, sizes = _nearest(faiss, points, kmeans, n)
    free = np.ones(len(points), dtype=bool)
    picked: list[int] = []
    by_size = np.argsort(-sizes, kind="stable")
    for cluster in by_size:
        candidates = nearest[cluster]
        point = int(candidates[free[candidates]][0])
        free[point] = False
        picked.append(point)
    return np.array(picked, dtype=np.int64), sizes[by_size]


def _nearest(faiss: Any, points: Rows, kmeans: Any, n: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Each centre's `n` nearest points, nearest first, (n, n), and each cluster's size, (n,)."""
    sizes = np.zeros(n, dtype=np.int64)
    distances, nearest = np.empty((n, 0), np.float32), np.empty((n, 0), np.int64)
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK]
        sizes += np.bincount(kmeans.index.search(block, 1)[1][:, 0], minlength=n)
        further, rows = faiss.knn(kmeans.centroids, block, min(n, len(block)))
        distances, nearest = np.hstack([distances, further]), np.hstack([nearest, rows + start])
        ties_by_row = np.lexsort((nearest, distances), axis=1)[:, :n]
        distances = np.take_along_axis(distances, ties_by_row, axis=1)
        nearest = np.take_along_axis(nearest, ties_by_row, axis=1)
    return nearest, sizes
