"""The largest cosines: exactly for a round's batch, through clusters where too many pairs would be compared."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from .vectors import Rows

Found = tuple[int, Rows, npt.NDArray[np.int64]]
"""The row of the first query, then cosines and rows of what was found, (queries, width), the largest cosine first."""

# Queries searched at once. FAISS hands only large batches to BLAS, whose last digit depends on their size: with small
# ones a neighbour does not depend on who is asked along.
_BATCH = 16
# Queries that go through the clusters at once. Fixed, so that nothing depends on the number of threads.
_BLOCK = 32_768
# Fewer vectors than this are one cluster, and all of them are compared.
_FEW = 10_000
# The clusters that a query is compared with: so many, and at least 1 in so many. On vectors with topics of uneven sizes
# that finds more than 95 of 100 true neighbours (benchmarks/selection.py).
_PROBED = 24
_ITERATIONS = 10
_TRAINED_ON = 64


def exactly(faiss: Any, asked: Rows, shown: Rows, width: int) -> Iterator[Found]:
    """The `width` largest cosines of each query, in small batches."""
    index = faiss.IndexFlatIP(shown.shape[1])
    index.add(shown)
    for start in range(0, len(asked), _BATCH):
        yield start, *index.search(asked[start : start + _BATCH], width)


def through_clusters(faiss: Any, asked: Rows, shown: Rows, width: int, threads: int) -> Iterator[Found]:
    """Most of the `width` largest cosines of each query: those in the clusters whose centres are nearest to it.

    An inverted file (Jégou et al. 2011, section 4) searched list by list: all queries of a block that probe a list are
    multiplied with it at once, which takes a fifth of the time of query by query. Where the probed lists hold fewer
    than `width`, row -1 fills up. The same on any number of threads.
    """
    centres, own = _clustered(faiss, shown)
    by_list = np.argsort(own, kind="stable")
    ends = np.cumsum(np.bincount(own, minlength=len(centres)))
    lists = [np.sort(rows) for rows in np.split(by_list, ends[:-1])]
    vectors = [shown[rows] for rows in lists]
    probes = min(len(centres), max(_PROBED, len(centres) // _PROBED))

    def search(start: int) -> Found:
        block = asked[start : start + _BLOCK]
        probed = faiss.knn(block, centres, probes, metric=faiss.METRIC_INNER_PRODUCT)[1]
        cosines = np.full((len(block), probes, width), -np.inf, dtype=np.float32)
        rows = np.full((len(block), probes, width), -1, dtype=np.int64)
        by_probe = np.argsort(probed, axis=None, kind="stable")
        counts = np.bincount(probed.ravel(), minlength=len(centres))
        for where, members, inside in zip(np.split(by_probe, np.cumsum(counts)[:-1]), lists, vectors, strict=True):
            if not len(where) or not len(members):
                continue
            queries, places = np.divmod(where, probes)
            most = min(width, len(members))
            near, found = faiss.knn(block[queries], inside, most, metric=faiss.METRIC_INNER_PRODUCT)
            cosines[queries, places, :most] = near
            rows[queries, places, :most] = members[found]
        flat = cosines.reshape(len(block), -1)
        best = np.argpartition(-flat, min(width, flat.shape[1]) - 1, axis=1)[:, :width]
        return (
            start,
            np.take_along_axis(flat, best, axis=1),
            np.take_along_axis(rows.reshape(len(block), -1), best, axis=1),
        )

    with ThreadPoolExecutor(threads, initializer=faiss.omp_set_num_threads, initargs=(1,)) as pool:
        yield from pool.map(search, range(0, len(asked), _BLOCK))


def _clustered(faiss: Any, shown: Rows) -> tuple[Rows, npt.NDArray[np.int64]]:
    """The clusters' centres and each vector's cluster."""
    if len(shown) < _FEW:
        return shown[:1], np.zeros(len(shown), dtype=np.int64)
    kmeans = faiss.Kmeans(
        shown.shape[1],
        round(1.5 * len(shown) ** 0.5),
        niter=_ITERATIONS,
        seed=1,
        spherical=True,
        min_points_per_centroid=1,
        max_points_per_centroid=_TRAINED_ON,
    )
    kmeans.train(shown)
    own = [kmeans.index.search(shown[start : start + _BLOCK], 1)[1][:, 0] for start in range(0, len(shown), _BLOCK)]
    return kmeans.centroids, np.concatenate(own)
