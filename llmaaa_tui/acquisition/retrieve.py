"""Which demonstrations a prompt shows: the most similar sentences, random ones, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..errors import SettingsError
from .contracts import EMBEDDINGS, Floats
from .nearest import Found, exactly, through_clusters
from .vectors import one_thread, processors, unit_rows

Mask = npt.NDArray[np.bool_]
"""(queries, demonstrations); True where a demonstration may not be shown with a query."""

RETRIEVERS = ("knn", "random", "none")

# Above this cosine two vectors are one text: float32 keeps about seven digits.
SAME_TEXT = 1 - 1e-5
# Pairs that are all compared: some ten seconds. With more, neighbours are looked for among the nearest clusters.
EXACT_PAIRS = 250_000_000
# Demonstrations found beyond `k`, in place of those that may not be shown; where they do not do, all are ranked.
_SPARE = 16
# The same a cluster: fewer, for most of the time goes into keeping the best of each.
_SPARE_IN_CLUSTER = 3
# Cosines that agree this far are equal, and the row decides.
_DECIMALS = 6


class Retriever(Protocol):
    """Chooses `k` demonstrations for each query."""

    @property
    def name(self) -> str:
        """Its name in `annotator.retrieval`."""

    @property
    def needs(self) -> frozenset[str]:
        """{"embeddings"} where the vectors are looked at; otherwise their number alone counts: (m, 0) will do."""

    def neighbours(self, query: Floats, demonstrations: Floats, k: int, exclude: Mask | None = None) -> list[list[int]]:
        """For each query up to `k` row numbers of demonstrations in prompt order, the most similar last.

        Args:
            query: sentence embeddings, (m, dimensions).
            demonstrations: sentence embeddings, (n, dimensions).
            k: how many; fewer come back where fewer may be shown.
            exclude: pairs that may not meet, such as a text and itself.

        Raises:
            ValueError: `k` is negative, the shapes do not fit, or a number is not finite.
        """


@dataclass(frozen=True, slots=True)
class Knn:
    """Highest cosine, the lower row where two are equal; a demonstration with the query's own vector is passed over.

    Exact up to 250 million pairs of a query and a demonstration; with more, a few of a hundred neighbours are the next
    best instead (`nearest.through_clusters`). The same result on any number of threads.
    """

    name: str = "knn"
    needs: frozenset[str] = frozenset({EMBEDDINGS})

    def neighbours(self, query: Floats, demonstrations: Floats, k: int, exclude: Mask | None = None) -> list[list[int]]:
        """See `Retriever`."""
        _check(query, demonstrations, k, exclude)
        if query.ndim != 2 or demonstrations.ndim != 2 or query.shape[1] != demonstrations.shape[1]:
            raise ValueError(f"cannot compare embeddings of shapes {query.shape} and {demonstrations.shape}")
        if not len(query) or not len(demonstrations) or k == 0:
            return [[] for _ in query]
        asked, shown = unit_rows(query), unit_rows(demonstrations)
        width = min(len(shown), k + _SPARE)
        result: list[list[int]] = [[] for _ in asked]
        left = np.arange(len(asked))
        threads = processors()
        with one_thread() as faiss:
            if len(asked) * len(shown) > EXACT_PAIRS:
                found = through_clusters(faiss, asked, shown, min(len(shown), k + _SPARE_IN_CLUSTER), threads)
                left = _put(result, left, found, k, exclude, complete=False, exact=False)
            found = exactly(faiss, asked[left], shown, width)
            left = _put(result, left, found, k, exclude, complete=width == len(shown))
            _put(result, left, exactly(faiss, asked[left], shown, len(shown)), k, exclude, complete=True)
        return result


def _put(
    result: list[list[int]],
    asked: npt.NDArray[np.intp],
    found: Iterable[Found],
    k: int,
    exclude: Mask | None,
    *,
    complete: bool,
    exact: bool = True,
) -> npt.NDArray[np.intp]:
    """Write down what may be shown of what was found, and return the queries for which too little was found.

    Args:
        result: by query.
        asked: which query stands in which row of `found`.
        found: rows and cosines.
        k: demonstrations a query.
        exclude: see `Retriever`.
        complete: all demonstrations were ranked: there are no more to be found.
        exact: a query is settled only when no demonstration that was not found could rank before the last of its k.
    """
    left = []
    for start, cosines, rows in found:
        queries = asked[start : start + len(rows)]
        allowed = (rows >= 0) & (cosines < SAME_TEXT)
        if exclude is not None:
            allowed &= ~exclude[queries[:, None], rows]
        nearness = np.round(cosines, _DECIMALS)
        order = np.lexsort((rows, np.where(allowed, -nearness, np.inf)), axis=1)[:, :k]
        best = np.take_along_axis(rows, order, axis=1)
        # What was not found is no nearer than the last that was, but may be as near and stand in a lower row.
        safe = allowed & (nearness > nearness[:, -1:]) if exact else allowed
        settled = np.full(len(rows), True) if complete else safe.sum(axis=1) >= k
        left.append(queries[~settled])
        counts = np.minimum(allowed.sum(axis=1), k).tolist()
        for query, row, count in zip(queries.tolist(), best.tolist(), counts, strict=True):
            result[query] = row[:count][::-1]
    return np.concatenate(left) if left else asked[:0]


@dataclass(frozen=True, slots=True)
class Random:
    """A fresh draw for each query, from a generator of its own.

    Attributes:
        generator: gives the generator of the query in that row; seed it by the item, so that a resumed round
            draws the same.
    """

    generator: Callable[[int], np.random.Generator]
    name: str = "random"
    needs: frozenset[str] = frozenset()

    def neighbours(self, query: Floats, demonstrations: Floats, k: int, exclude: Mask | None = None) -> list[list[int]]:
        """See `Retriever`; the order is the draw's."""
        _check(query, demonstrations, k, exclude)
        return [
            random_demonstrations(
                len(demonstrations), k, self.generator(row), None if exclude is None else exclude[row]
            )
            for row in range(len(query))
        ]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Zero-shot: no demonstration at all."""

    name: str = "none"
    needs: frozenset[str] = frozenset()

    def neighbours(self, query: Floats, demonstrations: Floats, k: int, exclude: Mask | None = None) -> list[list[int]]:
        """An empty list a query."""
        return [[] for _ in query]


def random_demonstrations(
    n: int, k: int, rng: np.random.Generator, exclude: npt.NDArray[np.bool_] | None = None
) -> list[int]:
    """Up to `k` different numbers below `n`, in the order drawn, none where `exclude`, (n,), is True."""
    drawn = rng.permutation(n)
    if exclude is not None:
        drawn = drawn[~exclude[drawn]]
    return [int(row) for row in drawn[:k]]


def retriever(name: str, generator: Callable[[int], np.random.Generator]) -> Retriever:
    """The retriever that `annotator.retrieval` names; `generator` serves "random" alone.

    Raises:
        SettingsError: there is none of that name; names the nearest.
    """
    if name == "knn":
        return Knn()
    if name == "random":
        return Random(generator)
    if name == "none":
        return Nothing()
    near = get_close_matches(name, RETRIEVERS, n=1, cutoff=0)[0]
    raise SettingsError(
        f"annotator.retrieval: there is no retrieval {name!r}; the nearest is {near!r} (all: {', '.join(RETRIEVERS)})"
    )


def _check(query: Floats, demonstrations: Floats, k: int, exclude: Mask | None) -> None:
    if k < 0:
        raise ValueError(f"cannot show {k} demonstrations")
    shape = (len(query), len(demonstrations))
    if exclude is not None and exclude.shape != shape:
        raise ValueError(f"exclude has shape {exclude.shape}, but there are {shape[0]} queries and {shape[1]} rows")
