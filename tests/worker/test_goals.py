"""When a run is over."""

from __future__ import annotations

import pytest

from llmaaa_tui.errors import SettingsError
from llmaaa_tui.worker.goals import Goals, Standing

HALFWAY = Standing(round=3, labels=140, dev_f1=0.7, spent_nanousd=1_500_000_000)


def test_without_a_goal_the_rounds_of_the_settings_are_it() -> None:
    assert Goals.parse([], 10) == Goals(rounds=10)
    assert Goals.parse(["f1=0.5"], 10) == Goals(f1=0.5)


def test_every_goal_is_read() -> None:
    goals = Goals.parse(["rounds=5", "labels=200", "f1=.8", "usd=1.50"], 10)
    assert goals == Goals(5, 200, 0.8, 1_500_000_000)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["round=5"], "did you mean rounds="),
        (["F1=0.8"], "write rounds=N, labels=N, f1=N, usd=N"),
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
    ],
)
def test_a_goal_that_cannot_be_reached_or_read_is_refused(texts: list[str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        Goals.parse(texts, 10)
    assert str(caught.value).startswith(f"--until {texts[0]}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("goals", "sentence"),
    [
        (Goals(rounds=3), "goal reached: 3 of 3 rounds"),
        (Goals(rounds=2), "goal reached: 2 rounds were asked for, 3 are done"),
        (Goals(rounds=1), "goal reached: 1 round was asked for, 3 are done"),
        (Goals(rounds=4), None),
        (Goals(labels=140), "goal reached: 140 labels of 140"),
        (Goals(labels=141), None),
        (Goals(f1=0.7), "goal reached: dev F1 0.700 of 0.7"),
        (Goals(f1=0.71), None),
        (Goals(usd_nanousd=1_500_000_000), "goal reached: $1.500 of $1.500 spent"),
        (Goals(usd_nanousd=1_500_000_001), None),
        (Goals(rounds=9, labels=9), "goal reached: 140 labels of 9"),
        (Goals(), None),
    ],
)
def test_the_first_goal_reached_ends_the_run(goals: Goals, sentence: str | None) -> None:
    assert goals.reached(HALFWAY) == sentence


def test_an_f1_that_was_not_measured_reaches_nothing() -> None:
    assert Goals(f1=0.1).reached(Standing(1, 50, None, 0)) is None
