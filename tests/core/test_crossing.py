"""In which round the student passes the annotator, and what is said before it does."""

from __future__ import annotations

from dataclasses import replace

from core.test_status_keys import snapshot

from llmaaa_tui.core.crossing import crossing, of_rounds, sentence
from llmaaa_tui.core.snapshot import RoundRow, Score

TEACHER = Score(0.71, 0.7, 0.72, 120, 0.66, 0.75)


def score(f1: float, half: float = 0.04) -> Score:
    return Score(f1, f1, f1, 120, f1 - half, f1 + half)


def rows(*scores: float, split: str = "dev") -> list[RoundRow]:
    one = replace(snapshot().rounds[0], teacher=TEACHER, teacher_split=split, test=None)
    made = [replace(one, round=n, train_size=50 * n, dev=score(f1)) for n, f1 in enumerate(scores, 1)]
    return [replace(row, dev=score(0.9), test=row.dev) for row in made] if split == "test" else made


def said(*scores: float) -> str:
    found = crossing("dev", TEACHER, [(n, score(f1)) for n, f1 in enumerate(scores, 1)])
    assert found is not None
    return sentence(found)


def test_the_first_round_above_the_annotator_and_whether_that_is_beyond_chance() -> None:
    assert said(0.5, 0.71, 0.74) == (
        "student passes the annotator in round 3 (0.740 [0.700, 0.780] over 0.710 [0.660, 0.750] on dev); "
        "not beyond chance yet"
    ), "as good is not above"
    # Later rounds may fall back, so nothing is said of them.
    for scores in ((0.74, 0.8), (0.74, 0.8, 0.74)):
        assert said(*scores).endswith("; beyond chance first in round 2 (0.800 [0.760, 0.840])")
    assert said(0.8).endswith("on dev); beyond chance: the intervals lie apart")
    assert said(0.74, 0.7).endswith("; not beyond chance yet; round 2 is not above it (0.700 [0.660, 0.740])")
    assert said(0.5) == (
        "student has not passed the annotator on dev: 0.500 [0.460, 0.540] in round 1 under 0.710 [0.660, 0.750]"
    )
    assert crossing("dev", TEACHER, []) is None


def test_before_it_the_forecast_says_where_if_there_is_one() -> None:
    two = of_rounds(rows(0.3, 0.45))
    assert two is not None
    assert two.need is None, "two rounds are no curve"
    found = of_rounds(rows(0.3, 0.45, 0.53, 0.58, 0.61))
    assert found is not None
    assert found.need is not None
    assert found.need.labels is not None
    assert 250 < found.need.labels < 2000
    assert f"the forecast puts it at \N{ALMOST EQUAL TO} {found.need.labels:,} labels [" in sentence(found)
    far = of_rounds(rows(0.3, 0.3, 0.3))
    assert far is not None
    assert "the forecast does not reach it" in sentence(far)


def test_the_student_is_looked_at_on_the_split_of_the_annotator() -> None:
    found = of_rounds(rows(0.5, 0.6, 0.74, split="test"))
    assert found is not None
    assert (found.split, found.passed) == ("test", (3, score(0.74))), "it is above the annotator on dev all along"
    assert of_rounds([replace(row, teacher=None, teacher_split=None) for row in rows(0.5)]) is None
    assert of_rounds([]) is None
