from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmaaa_tui.acquisition import nearest, retrieve
from llmaaa_tui.acquisition.retrieve import Knn, Nothing, Random, random_demonstrations, retriever
from llmaaa_tui.acquisition.vectors import unit_rows
from llmaaa_tui.errors import SettingsError


def seeded(row: int) -> np.random.Generator:
    return np.random.default_rng([7, row])


# Angles in degrees from the query at 0; lengths must not matter.
ANGLES = [90, 10, 40, 20, 180]
DEMOS = np.array([[np.cos(a), np.sin(a)] for a in np.radians(ANGLES)]) * np.array([[1], [9], [0.1], [3], [2]])
QUERY = np.array([[2.0, 0.0]])


def test_the_most_similar_stands_last() -> None:
    assert Knn().neighbours(QUERY, DEMOS, 3) == [[2, 3, 1]]
    assert Knn().neighbours(QUERY, DEMOS, 99) == [[4, 0, 2, 3, 1]]


def test_equal_ones_go_by_row_and_the_lower_counts_as_nearer() -> None:
    twins = np.array([[1.0, 1.0], [1.0, -1.0], [2.0, 2.0], [3.0, -3.0]])
    assert Knn().neighbours(QUERY, twins, 3) == [[2, 1, 0]]


def test_a_query_never_meets_itself() -> None:
    demos = np.vstack([DEMOS, 5 * QUERY])
    assert Knn().neighbours(QUERY, demos, 2) == [[3, 1]]


def test_excluded_pairs_never_meet() -> None:
    queries = np.vstack([QUERY, DEMOS[4:]])
    exclude = np.zeros((2, 5), dtype=bool)
    exclude[0, 1] = True
    exclude[1, 0] = True
    assert Knn().neighbours(queries, DEMOS, 2, exclude) == [[2, 3], [3, 2]]
    drawn = Random(seeded).neighbours(queries, DEMOS, 5, exclude)
    assert [sorted(rows) for rows in drawn] == [[0, 2, 3, 4], [1, 2, 3, 4]]


def test_neighbours_agree_with_plain_cosine_and_not_with_who_is_asked_along() -> None:
    noise = np.random.default_rng(3)
    queries, demos = noise.normal(size=(70, 48)).astype(np.float32), noise.normal(size=(110, 48)).astype(np.float32)
    together = Knn().neighbours(queries, demos, 5)
    alone = [Knn().neighbours(queries[row : row + 1], demos, 5)[0] for row in range(70)]
    assert together == alone
    exact = queries.astype(np.float64), demos.astype(np.float64)
    cosine = (exact[0] @ exact[1].T) / np.linalg.norm(exact[1], axis=1)
    assert together == np.argsort(cosine, axis=1)[:, -5:].tolist()


def test_random_draws_anew_for_each_query_and_the_same_again() -> None:
    queries, demos = np.empty((20, 0)), np.empty((30, 0))
    first = Random(seeded).neighbours(queries, demos, 5)
    assert first == Random(seeded).neighbours(queries, demos, 5)
    assert len({tuple(rows) for rows in first}) > 1
    assert all(len(set(rows)) == 5 and set(rows) <= set(range(30)) for rows in first)


def test_random_demonstrations_are_as_many_as_there_are() -> None:
    assert sorted(random_demonstrations(3, 9, seeded(0))) == [0, 1, 2]
    assert random_demonstrations(0, 4, seeded(0)) == []
    assert random_demonstrations(3, 3, seeded(0), np.array([True, False, True])) == [1]


def test_none_shows_nothing() -> None:
    assert Nothing().neighbours(np.empty((2, 0)), DEMOS, 5) == [[], []]


def test_without_demonstrations_or_wishes_nothing_is_shown() -> None:
    assert Knn().neighbours(QUERY, np.empty((0, 2)), 5) == [[]]
    assert Knn().neighbours(QUERY, DEMOS, 0) == [[]]
    assert Knn().neighbours(np.empty((0, 2)), DEMOS, 5) == []


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 2\) and \(4, 3\)"):
        Knn().neighbours(QUERY, np.ones((4, 3)), 2)
    with pytest.raises(ValueError, match="-1"):
        Knn().neighbours(QUERY, DEMOS, -1)
    with pytest.raises(ValueError, match="exclude"):
        Knn().neighbours(QUERY, DEMOS, 2, np.zeros((5, 1), dtype=bool))
    with pytest.raises(ValueError, match="not finite"):
        Knn().neighbours(QUERY, DEMOS * np.nan, 2)


def test_retrievers_are_found_by_name() -> None:
    assert [retriever(name, seeded).name for name in ("knn", "random", "none")] == ["knn", "random", "none"]
    assert retriever("knn", seeded).needs == {"embeddings"}
    assert not retriever("random", seeded).needs
    with pytest.raises(SettingsError, match="'kn'; the nearest is 'knn'"):
        retriever("kn", seeded)


def topics(n: int, seed: int) -> np.ndarray:
    """Unit vectors around 300 directions."""
    noise = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(300, 24))
    vectors = centres[noise.integers(300, size=n)] + 0.5 * noise.normal(size=(n, 24))
    return unit_rows(vectors)


def test_too_many_pairs_go_through_clusters_and_most_neighbours_are_the_true_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queries, demos = topics(1000, 1), topics(10_500, 2)
    demos[50] = queries[7]
    exact = Knn().neighbours(queries, demos, 5)
    monkeypatch.setattr(retrieve, "EXACT_PAIRS", 0)
    monkeypatch.setattr(nearest, "_BLOCK", 300)
    found = Knn().neighbours(queries, demos, 5)
    hits = [len(set(one) & set(other)) / 5 for one, other in zip(exact, found, strict=True)]
    assert np.mean(hits) >= 0.95
    assert 50 not in found[7]
    # Rows come most similar last, and do not depend on the threads.
    assert all(
        np.all(np.diff((demos[rows] @ query).astype(float)) > -2e-6) for query, rows in zip(queries, found, strict=True)
    )
    monkeypatch.setattr(retrieve, "processors", lambda: 3)
    assert Knn().neighbours(queries, demos, 5) == found


def test_what_may_not_be_shown_is_made_up_for_in_clusters_too(monkeypatch: pytest.MonkeyPatch) -> None:
    queries, demos = topics(30, 1), topics(400, 2)
    demos[:80] = queries[0]  # far more copies of a query than are looked up to spare
    exclude = np.random.default_rng(3).random((30, 400)) < 0.9
    exact = [Knn().neighbours(queries, demos, 5, rule) for rule in (None, exclude)]
    assert all(len(rows) == 5 and min(rows) >= 80 for rows in (exact[0][0], exact[1][0]))
    monkeypatch.setattr(retrieve, "EXACT_PAIRS", 0)
    found = [Knn().neighbours(queries, demos, 5, rule) for rule in (None, exclude)]
    assert [every[0] for every in found] == [every[0] for every in exact]
    assert all(len(rows) == 5 for every in found for rows in every)
    assert not any(exclude[row, rows].any() for row, rows in enumerate(found[1]))


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.2, 0.95]))
@settings(max_examples=25, deadline=None)
def test_the_best_few_are_the_best_of_all(seed: int, excluded: float) -> None:
    noise = np.random.default_rng(seed)
    queries, demos = noise.integers(-1, 2, (6, 3)).astype(float), noise.integers(-1, 2, (90, 3)).astype(float)
    exclude = noise.random((6, 90)) < excluded
    cosine = np.round(unit_rows(queries).astype(float) @ unit_rows(demos).astype(float).T, 6)
    expected = []
    for row in range(6):
        may = [demo for demo in range(90) if not exclude[row, demo] and cosine[row, demo] < retrieve.SAME_TEXT]
        expected.append(sorted(may, key=lambda demo: (-cosine[row, demo], demo))[:4][::-1])
    assert Knn().neighbours(queries, demos, 4, exclude) == expected
