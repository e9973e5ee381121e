from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from llmaaa_tui.acquisition.contracts import PoolView
from llmaaa_tui.acquisition.kmeans import KMeans
from llmaaa_tui.acquisition.vectors import one_thread, unit_rows


def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def clusters() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Three directions with 60, 30 and 10 points around them, of very different lengths, shuffled."""
    noise = np.random.default_rng(2)
    group = np.repeat([0, 1, 2], [60, 30, 10])
    points = np.eye(3)[group] + noise.normal(0, 0.02, (100, 3))
    points *= noise.uniform(0.1, 50, (100, 1))
    order = noise.permutation(100)
    return points[order].astype(np.float32), group[order]


def test_one_sentence_a_cluster_nearest_to_its_centre_largest_first() -> None:
    points, group = clusters()
    ids = list(range(1000, 1100))
    selection = KMeans().select(PoolView(ids, embeddings=points), 3, rng())
    assert [group[item - 1000] for item in selection.ids] == [0, 1, 2]
    assert selection.scores == pytest.approx([0.6, 0.3, 0.1])
    unit = unit_rows(points)
    for item, cluster in zip(selection.ids, range(3), strict=True):
        members = np.flatnonzero(group == cluster)
        distances = np.linalg.norm(unit[members] - unit[members].mean(axis=0), axis=1)
        assert item - 1000 == members[distances.argmin()]


def test_the_order_of_the_pool_changes_nothing() -> None:
    points, _ = clusters()
    ids = np.arange(100)
    order = np.random.default_rng(9).permutation(100)
    first = KMeans().select(PoolView(ids.tolist(), embeddings=points), 7, rng())
    mixed = KMeans().select(PoolView(ids[order].tolist(), embeddings=points[order]), 7, rng())
    assert first == mixed
    assert len(set(first.ids)) == 7


def test_identical_sentences_are_still_picked_once_each() -> None:
    points = np.ones((20, 4), dtype=np.float32)
    selection = KMeans().select(PoolView(range(20), embeddings=points), 6, rng())
    assert len(set(selection.ids)) == 6


def test_a_small_pool_is_taken_whole() -> None:
    points = np.eye(3, dtype=np.float32)
    selection = KMeans().select(PoolView([5, 4, 6], embeddings=points), 3, rng())
    assert selection.ids == [4, 5, 6]
    assert selection.scores == pytest.approx([1 / 3] * 3)
    assert KMeans().select(PoolView([5, 4, 6], embeddings=points), 0, rng()).ids == []


def test_nothing_is_printed_where_clusters_are_small(capfd: pytest.CaptureFixture[str]) -> None:
    points, _ = clusters()
    KMeans().select(PoolView(range(100), embeddings=points), 40, rng())
    assert capfd.readouterr() == ("", "")


def test_vectors_that_are_not_numbers_are_refused() -> None:
    points = np.eye(4, dtype=np.float32)
    points[2, 0] = np.inf
    with pytest.raises(ValueError, match="embeddings of item 7 "):
        KMeans().select(PoolView([9, 8, 7, 6], embeddings=points), 2, rng())
    with pytest.raises(ValueError, match="shape"):
        KMeans().select(PoolView(range(4), embeddings=np.ones(4)), 2, rng())


def test_unit_rows_leave_zeros_and_their_input_alone() -> None:
    vectors = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert unit_rows(vectors).tolist() == [pytest.approx([0.6, 0.8]), [0, 0]]
    np.testing.assert_array_equal(vectors, [[3, 4], [0, 0]])


def test_the_generator_decides_where_the_clusters_start() -> None:
    points = np.random.default_rng(4).normal(size=(300, 8)).astype(np.float32)
    view = PoolView(range(300), embeddings=points)
    picks = {tuple(KMeans().select(view, 10, np.random.default_rng(seed)).ids) for seed in range(5)}
    assert len(picks) > 1


def test_faiss_runs_on_one_thread_and_gets_its_own_number_back_after_an_error() -> None:
    import faiss

    def fail() -> None:
        with one_thread() as inside:
            seen.append(inside.omp_get_max_threads())
            raise RuntimeError

    seen: list[int] = []
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(2)
    try:
        with pytest.raises(RuntimeError):
            fail()
        assert seen == [1]
        assert faiss.omp_get_max_threads() == 2
    finally:
        faiss.omp_set_num_threads(before)
