"""What a strategy gives back is looked at: one of a package may do anything, and is named with what it did."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from llmaaa_tui.acquisition.ask import ask
from llmaaa_tui.acquisition.contracts import PoolView, Selection
from llmaaa_tui.acquisition.registry import get
from llmaaa_tui.errors import SettingsError

VIEW = PoolView([4, 2, 3])


class Foreign:
    """A strategy of a package that gives back what it was told."""

    name = "acme"
    needs = frozenset[str]()

    def __init__(self, *given: Any) -> None:
        self._given = given

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        return Selection(*self._given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (([4], [None]), "picked 1 items where 2 were asked for"),
        (([4, 4], [None, None]), "picked an item twice"),
        (([4, 9], [None, None]), "picked an item that it was not offered"),
        (([4, 2], [0.5]), "gave 1 scores for 2 items"),
        (([4, 2], [0.5, float("nan")]), "gave a score that is no finite number"),
        (([4, 2], [0.5, "high"]), r"fails on this pool \(TypeError: "),
        ((), r"fails on this pool \(TypeError: "),
    ],
)
def test_what_a_foreign_strategy_does_wrong_is_one_sentence(given: tuple[Any, ...], said: str) -> None:
    with pytest.raises(SettingsError, match=f"^loop.strategy: strategy 'acme' {said}") as told:
        ask(Foreign(*given), VIEW, 2, np.random.default_rng(0))
    assert "\n" not in str(told.value)


def test_numbers_of_numpy_become_plain_ones_and_a_small_pool_is_taken_whole() -> None:
    found = ask(Foreign(list(np.array([3, 2, 4])), list(np.ones(3, np.float32))), VIEW, 5, np.random.default_rng(0))
    assert (found.ids, found.scores) == ([3, 2, 4], [1.0, 1.0, 1.0])
    assert {type(one) for one in (*found.ids, *found.scores)} == {int, float}, "as a database takes them"


def test_an_error_of_our_own_strategy_is_left_as_it_is() -> None:
    with pytest.raises(ValueError, match="needs the pool's probabilities"):
        ask(get("entropy"), VIEW, 2, np.random.default_rng(0))
