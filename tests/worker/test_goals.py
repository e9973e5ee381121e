"""When a run is over."""

from __future__ import annotations

import re

import pytest

from llmaaa_tui.core.snapshot import Score
from llmaaa_tui.core.stopping import Learnt
from llmaaa_tui.errors import SettingsError
from llmaaa_tui.worker.goals import Goals, Standing


def dev(number: int, f1: float, half: float = 0.05) -> Learnt:
    return Learnt(number, Score(f1, f1, f1, 100, f1 - half, f1 + half))


HALFWAY = Standing(3, 140, 1_500_000_000, [dev(1, 0.5), dev(2, 0.66), dev(3, 0.7)])


def test_without_a_goal_the_rounds_of_the_settings_are_it() -> None:
    assert Goals.parse([], 10) == Goals(rounds=10)
    assert Goals.parse(["f1=0.5"], 10) == Goals(f1=0.5)


def test_every_goal_is_read() -> None:
    goals = Goals.parse(["rounds=5", "labels=200", "f1=.8", "usd=1.50", "plateau", "stable", "certain"], 10)
    assert goals == Goals(5, 200, 0.8, 1_500_000_000, 3, 0.99, 0.05)
    assert Goals.parse(["plateau=4", "stable=.98", "certain=0.2"], 10) == Goals(plateau=4, stable=0.98, certain=0.2)


def test_of_one_goal_asked_for_twice_the_one_that_comes_first_counts() -> None:
    assert Goals.parse(["rounds=5", "rounds=3", "certain=.05", "certain=.2"], 10) == Goals(rounds=3, certain=0.2)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["round=5"], "did you mean rounds=N?"),
        (["platau"], "did you mean plateau[=ROUNDS]?"),
        (["F1=0.8"], "write rounds=N, labels=N, f1=X, usd=X, plateau[=ROUNDS], stable[=KAPPA] or certain[=ENTROPY]"),
        (["rounds"], "write rounds=N"),
        (["rounds=0"], "rounds must be a whole number of at least 1, not '0'"),
        (["labels=-3"], "labels must be a whole number of at least 1, not '-3'"),
        (["rounds=1e3"], "rounds must be a whole number of at least 1, not '1e3'"),
        (["rounds="], "rounds must be a whole number"),
        (["f1=nan"], "f1 must be a number above 0 and at most 1, such as 0.8, not 'nan'"),
        (["f1=80"], "f1 must be a number above 0 and at most 1"),
        (["f1=0"], "f1 must be a number above 0"),
        (["f1=x"], "f1 must be a number above 0"),
        (["usd=lots"], "'lots' is not an amount in USD"),
        (["plateau=0.5"], "plateau must be a whole number of at least 1, not '0.5'"),
        (["plateau="], "plateau must be a whole number of at least 1, not ''"),
        (["stable=99"], "stable must be a number above 0 and at most 1, such as 0.99, not '99'"),
        (["certain=0"], "certain must be a number above 0, such as 0.05, not '0'"),
        (["certain=inf"], "certain must be a number above 0, such as 0.05, not 'inf'"),
    ],
)
def test_a_goal_that_cannot_be_reached_or_read_is_refused(texts: list[str], said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)) as caught:
        Goals.parse(texts, 10)
    assert str(caught.value).startswith(f"--until {texts[0]}: ")
    assert "\n" not in str(caught.value)


def test_goals_that_look_at_what_is_not_there_are_refused() -> None:
    for name in ("f1=0.8", "plateau"):
        with pytest.raises(SettingsError, match="looks at the dev split, and this project has none"):
            Goals.parse([name], 10).check(dev=False, pool=True)
    for name in ("stable", "certain"):
        with pytest.raises(SettingsError, match="items of the pool, and this project has none"):
            Goals.parse([name], 10).check(dev=True, pool=False)
        Goals.parse([name], 10).check(dev=False, pool=True)
    Goals.parse(["rounds=1", "labels=2", "usd=3"], 10).check(dev=False, pool=False)


@pytest.mark.parametrize(
    ("goals", "sentence"),
    [
        (Goals(rounds=3), "goal reached: 3 of 3 rounds"),
        (Goals(rounds=2), "goal reached: 2 rounds were asked for, 3 are done"),
        (Goals(rounds=1), "goal reached: 1 round was asked for, 3 are done"),
        (Goals(rounds=4), None),
        (Goals(labels=140), "goal reached: 140 labels of 140"),
        (Goals(labels=141), None),
        (
            Goals(f1=0.64),
            "goal reached: dev F1 0.700 [0.650, 0.750] n=100, its lower bound at or above 0.64",
        ),
        (
            Goals(f1=0.66),
            "goal reached: dev F1 0.700 [0.650, 0.750] n=100 in round 3 after 0.660 in round 2, "
            "two in a row at or above 0.66, though its lower bound is not",
        ),
        (Goals(f1=0.67), None),
        (Goals(usd_nanousd=1_500_000_000), "goal reached: $1.500 of $1.500 spent"),
        (Goals(usd_nanousd=1_500_000_001), None),
        (Goals(rounds=9, labels=9), "goal reached: 140 labels of 9"),
        (Goals(plateau=1), None),
        (Goals(), None),
    ],
)
def test_the_first_goal_reached_ends_the_run(goals: Goals, sentence: str | None) -> None:
    assert goals.reached(HALFWAY) == sentence


def test_before_the_first_round_only_what_needs_none_is_reached() -> None:
    nothing = Standing(0, 0, 0)
    assert Goals(rounds=1, labels=1, f1=0.1, usd_nanousd=1, plateau=1, stable=0.5, certain=9).reached(nothing) is None
    assert Goals(usd_nanousd=0).reached(nothing) == "goal reached: $0.000 of $0.000 spent"


def test_an_f1_that_was_not_measured_reaches_nothing() -> None:
    assert Goals(f1=0.1).reached(Standing(1, 50, 0, [Learnt(1)])) is None
