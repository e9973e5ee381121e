"""What the strategies over vectors share: rows in the order of ids, exact distances, FAISS kept to one thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from .contracts import Floats

Rows = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

# Rows converted at once: a million embeddings are never held in float64.
_BLOCK = 16_384


def unit_rows(vectors: Floats) -> Rows:
    """A contiguous float32 copy with rows of length 1; a row of zeros stays as it is.

    Raises:
        ValueError: not (rows, dimensions), or a number is not finite.
    """
    rows, broken = _copied(vectors, None, unit=True)
    if broken is not None:
        raise ValueError(f"embedding {broken} of {len(rows)} holds a number that is not finite")
    return rows


def rows_by_id(ids: Sequence[int], vectors: Floats, name: str, *, unit: bool = True) -> tuple[Ids, Rows]:
    """The ids in ascending order and a float32 copy of their rows in that order, of length 1 if `unit`.

    What is computed from it does not depend on the order a query gave the pool in.

    Raises:
        ValueError: not (rows, dimensions), or a number is not finite; says whose, calling the vectors by `name`.
    """
    given = np.asarray(ids, dtype=np.int64)
    order = np.argsort(given, kind="stable")
    rows, broken = _copied(vectors, order, unit=unit)
    if broken is not None:
        raise ValueError(f"the {name} of item {given[order[broken]]} hold a number that is not finite")
    return given[order], rows


def _copied(vectors: Floats, order: npt.NDArray[np.intp] | None, *, unit: bool) -> tuple[Rows, int | None]:
    """The copy, and the first row of it that is not finite."""
    if vectors.ndim != 2:
        raise ValueError(f"embeddings must be (rows, dimensions), got shape {vectors.shape}")
    rows: Rows = np.empty(vectors.shape, dtype=np.float32)
    for start in range(0, len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        exact = np.asarray(vectors[part] if order is None else vectors[order[part]], dtype=np.float64)
        broken = np.flatnonzero(~np.isfinite(exact).all(axis=1))
        if len(broken):
            return rows, start + int(broken[0])
        if unit:
            lengths = np.linalg.norm(exact, axis=1, keepdims=True)
            exact = exact / np.where(lengths > 0, lengths, 1)
        rows[part] = exact
    return rows, None


def squared_distances(faiss: Any, point: Rows, rows: Rows) -> Rows:
    """‖row - point‖² for each row, (rows,): each from its own row alone, so equal rows are equally far."""
    out: Rows = np.empty(len(rows), dtype=np.float32)
    pointer = faiss.swig_ptr
    faiss.fvec_L2sqr_ny(pointer(out), pointer(np.ascontiguousarray(point)), pointer(rows), rows.shape[1], len(rows))
    return out


def processors() -> int:
    """Threads that FAISS would use: as many as there are processors, or as OMP_NUM_THREADS or torch have said."""
    import faiss

    return int(faiss.omp_get_max_threads())


@contextmanager
def one_thread() -> Iterator[Any]:
    """Give the `faiss` module with OpenMP set to one thread, and set it back afterwards.

    One thread makes sums independent of how many cores a machine has, and our sizes need no more. Setting it
    back matters: where torch was imported first, FAISS's call sets torch's thread count too, and a student
    would train on one core ever after. The count is the process's own, so no other thread may train meanwhile.
    """
    import faiss  # 0.1 s that a list of strategy names need not pay

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield faiss
    finally:
        faiss.omp_set_num_threads(before)
