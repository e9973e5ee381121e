"""Leakage probes: their statistics against scipy and statsmodels, no false alarm by chance, no memory overlooked."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from llmaaa_tui.core.leakage import ALPHA, Finding, Probe, Verdict, sentence
from llmaaa_tui.evaluation.leakage import (
    NONE_OF_THEM,
    Counts,
    Pick,
    Subject,
    continuation,
    holm,
    label_order,
    perturbed,
    quiz,
    source,
)
from llmaaa_tui.evaluation.rates import averaged
from llmaaa_tui.evaluation.rouge import Likeness

ABOUT = Subject("gpt-x", "CoNLL-2003", "simulated")
HIT, MISS = Likeness(1.0, True, True), Likeness(0.1, False, False)
NEAR = Likeness(0.9, False, True)


def asked(hits: int, n: int) -> list[list[float | None]]:
    return [[float(place < hits)] for place in range(n)]


def like(values: Iterable[float]) -> list[list[Likeness | None]]:
    return [[Likeness(float(value), bool(value == 1), bool(value > 0.9))] for value in values]


def test_a_rate_counts_an_item_once_and_leaves_out_what_failed() -> None:
    found = averaged([[1, 1, None], [1, 0, 0], [None, None, None], [False, True, True]])
    assert (found.n, found.unanswered, found.repeats) == (3, 4, 3)
    assert found.total == pytest.approx(1 + 1 / 3 + 2 / 3)
    assert list(found.places) == [0, 1, 3]
    share = found.measure()
    exact = stats.binomtest(2, 3).proportion_ci(0.95, "exact")
    assert (share.low, share.high) == pytest.approx((exact.low, exact.high))
    part = averaged([[1, 0], [0, 0]]).measure()
    none, one = (stats.binomtest(hits, 2).proportion_ci(0.95, "exact") for hits in (0, 1))
    assert part.low is not None
    assert part.high is not None
    assert none.high < part.high < one.high
    assert 0 < part.low < one.low


@pytest.mark.parametrize("broken", [[], [[1], []]])
def test_nothing_asked_is_an_error(broken: list[list[float | None]]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        source(ABOUT, broken)


def test_empty_input_is_an_error_of_every_probe() -> None:
    probes: list[Callable[[], Finding]] = [
        lambda: continuation(ABOUT, [], seed=1),
        lambda: quiz(ABOUT, []),
        lambda: label_order(ABOUT, [], [], seed=1),
        lambda: perturbed(ABOUT, [], [], seed=1),
        lambda: label_order(ABOUT, [["a"]], ["a", "b"], seed=1),
        lambda: perturbed(ABOUT, [(1, 1, 1)], [], seed=1),
        lambda: continuation(ABOUT, [[HIT]], [[HIT], [HIT]], seed=1),
        lambda: quiz(ABOUT, [[Pick(4, 0)]]),
    ]
    for probe in probes:
        with pytest.raises(ValueError, match=r"\w"):
            probe()


def test_nothing_answered_is_no_verdict_and_no_rate() -> None:
    failed: list[list[None]] = [[None], [None]]
    found = [
        source(ABOUT, failed, asked(0, 5)),
        continuation(ABOUT, failed, failed, seed=1),
        quiz(ABOUT, failed, failed),
        label_order(ABOUT, failed, ["a", "b"], seed=1),
        perturbed(ABOUT, [None, (1, 1, 1)], [(1, 1, 1), None], seed=1),
    ]
    for one in holm(found):
        assert (one.n, one.p, one.p_holm, one.verdict) == (0, None, None, Verdict.NO_CONTROL)
        assert one.unanswered >= 2
        assert sentence(one).startswith("nothing was answered")


def test_source_is_fishers_exact_test_and_without_control_no_verdict() -> None:
    found = source(ABOUT, asked(60, 100), asked(20, 50))
    table = [[60, 40], [20, 30]]
    assert found.p == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)
    exact = stats.binomtest(60, 100).proportion_ci(0.95, "exact")
    assert (found.rate, found.low, found.high) == pytest.approx((0.6, exact.low, exact.high))
    assert found.against is not None
    assert (found.against.value, found.against.n) == (0.4, 50)
    assert "guess" in found.hint
    alone = source(ABOUT, asked(100, 100))
    assert (alone.p, alone.verdict) == (None, Verdict.NO_CONTROL)
    assert sentence(alone) == "no control: no verdict, n = 100"
    assert source(ABOUT, asked(1, 2), [[None]]).p is None


def test_a_verdict_says_what_its_p_was_corrected_for() -> None:
    (one,) = holm([source(ABOUT, asked(90, 100), asked(5, 100))])
    assert sentence(one).endswith("p < .001 (Holm)")
    assert sentence(replace(one, round=3)).endswith("p < .001 (for every round looked at)")
    assert sentence(replace(one, p_holm=None)).endswith("p < .001")


def test_parts_of_a_hit_never_help_to_convict() -> None:
    # Two of three repeats: 66.7 items of 100; 66 are counted, and 34 of the control's 33.3.
    found = source(ABOUT, [[1, 1, 0]] * 100, [[1, 0, 0]] * 100)
    table = [[66, 34], [34, 66]]
    assert found.p == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)
    # Thirds that add up to a whole stay whole.
    whole = source(ABOUT, [[1, 0, 0]] * 30, asked(0, 30))
    assert whole.p == pytest.approx(stats.fisher_exact([[10, 20], [0, 30]], alternative="greater").pvalue)


def test_continuation_agrees_with_the_bootstrap_and_the_permutations_of_scipy() -> None:
    rng = np.random.default_rng(3)
    general = rng.beta(2, 6, 60)
    guided = np.clip(general + rng.normal(0.01, 0.15, 60), 0, 0.89)
    found = continuation(ABOUT, like(guided), like(general), seed=5)
    difference = guided - general
    resampled = stats.bootstrap((difference,), np.mean, method="percentile", rng=1, n_resamples=9999)
    assert found.effect is not None
    assert found.effect.value == pytest.approx(difference.mean())
    assert found.effect.n == 60
    interval = resampled.confidence_interval
    assert (found.effect.low, found.effect.high) == pytest.approx((interval.low, interval.high), abs=0.003)
    flipped = stats.permutation_test(
        (difference,), np.mean, permutation_type="samples", alternative="greater", n_resamples=9999, rng=1
    )
    assert found.p is not None
    assert 0.001 < found.p < 0.1
    assert found.p == pytest.approx(flipped.pvalue, abs=0.01)
    assert continuation(ABOUT, like(guided), like(general), seed=5) == found


def test_a_few_lucky_continuations_are_no_evidence() -> None:
    # Six of a hundred better, none worse: one sign in 64 under the null hypothesis, over .01 with luck alone.
    guided = like([0.8] * 6 + [0.0] * 94)
    general = like([0.0] * 100)
    found = continuation(ABOUT, guided, general, seed=1)
    assert found.p is not None
    assert found.p > ALPHA
    same = continuation(ABOUT, general, general, seed=1)
    assert same.p == 1.0
    assert same.effect is not None
    assert same.effect.low is not None
    assert same.effect.low < 0 < (same.effect.high or 0)


def test_a_continuation_counts_near_and_exact_ones_and_tells_the_rule_of_others() -> None:
    arm: list[list[Likeness | None]] = [[HIT, MISS], [NEAR, NEAR], [MISS, MISS], [None, None]]
    near = continuation(ABOUT, arm, seed=1)
    assert (near.rule, near.n, near.rate, near.exact, near.near) == ("near", 3, 0.5, 1, 2)
    assert (near.p, near.unanswered) == (None, 2)
    assert near.hint.startswith("1 exact and 1 near exact")
    assert near.hint.endswith("the split would count as seen.")
    assert near.rouge_l is not None
    assert near.rouge_l.value == pytest.approx((0.55 + 0.9 + 0.1) / 3)
    exact = continuation(ABOUT, arm, seed=1, rule="exact")
    assert exact.rate == pytest.approx(0.5 / 3)
    assert "would not count" in continuation(ABOUT, [[NEAR], [MISS]], seed=1).hint


def test_items_that_one_arm_did_not_answer_are_in_no_difference() -> None:
    guided: list[list[Likeness | None]] = [[HIT], [None], [HIT], [MISS]]
    general: list[list[Likeness | None]] = [[MISS], [HIT], [None], [MISS]]
    found = continuation(ABOUT, guided, general, seed=1)
    assert found.effect is not None
    assert (found.effect.n, found.n, found.unanswered) == (2, 3, 2)
    assert found.effect.value == pytest.approx(0.45)


def test_texts_without_a_published_name_are_held_against_control_texts() -> None:
    arm, control = like([1.0] * 8 + [0.1] * 12), like([1.0] * 1 + [0.1] * 29)
    found = continuation(ABOUT, arm, control=control, seed=1)
    table = [[8, 12], [1, 29]]
    assert found.p == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)
    assert found.against is not None
    assert found.against.value == pytest.approx(1 / 30)
    assert found.effect is None


def test_a_quiz_is_held_against_the_favourite_place() -> None:
    picks = [[Pick(place % 4, 0)] for place in range(40)]
    plain = quiz(ABOUT, picks)
    assert plain.p == pytest.approx(stats.binomtest(10, 40, 0.25, "greater").pvalue)
    assert plain.against is not None
    assert plain.against.value == 0.25
    # All originals stood at the first place, which this annotator picks four times in five whatever stands there.
    fond = quiz(ABOUT, [[Pick(0, 0)] for _ in range(40)], [[0], [0], [0], [0], [2]])
    assert fond.against is not None
    assert fond.against.n == 5
    assert fond.against.value == pytest.approx(0.8)
    assert fond.p == pytest.approx(stats.binomtest(40, 40, 0.8, "greater").pvalue)
    # One that mostly says "none" has no smaller chance for it.
    shy = quiz(ABOUT, picks, [[NONE_OF_THEM]] * 20)
    assert shy.against is not None
    assert shy.against.value == 0.25
    assert quiz(ABOUT, [[Pick(NONE_OF_THEM, 1)], [None]]).rate == 0


def test_a_wording_that_is_found_among_control_texts_too_is_no_evidence() -> None:
    picks = [[Pick(place % 4 if place % 2 else 0, 0)] for place in range(100)]  # half of the originals, by their sound
    assert quiz(ABOUT, picks).verdict is Verdict.EVIDENCE
    heard = quiz(ABOUT, picks, control=picks)
    assert heard.p is not None
    assert heard.p > 0.4
    assert heard.against is not None
    assert (heard.against.value, heard.against.n) == (0.5, 100)
    assert "control texts" in heard.hint
    deaf = [[Pick(place % 4, 0)] for place in range(100)]
    table = [[50, 50], [25, 75]]
    assert quiz(ABOUT, picks, control=deaf).p == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)


def test_label_order_agrees_with_the_permutations_of_scipy() -> None:
    rng = np.random.default_rng(4)
    rows = [str(one) for one in rng.choice(["A", "B", "C", "D"], 40, p=[0.4, 0.3, 0.2, 0.1])]
    said = [row if rng.random() < 0.2 else str(rng.choice(rows)) for row in rows]
    found = label_order(ABOUT, [[one] for one in said], rows, seed=2)
    codes = {name: number for number, name in enumerate("ABCD")}
    first, second = (np.array([codes[one] for one in some]) for some in (said, rows))
    shuffled = stats.permutation_test(
        (first,), lambda one: (one == second).mean(), permutation_type="pairings", alternative="greater", rng=1
    )
    assert found.rate == pytest.approx((first == second).mean())
    assert found.p == pytest.approx(shuffled.pvalue, abs=0.015)
    assert found.against is not None
    chance = [a == b for i, a in enumerate(first) for j, b in enumerate(second) if i != j]
    assert found.against.value == pytest.approx(np.mean(chance))
    # Where all rows have the same labels, to name them shows nothing.
    assert label_order(ABOUT, [["A"]] * 9, ["A"] * 9, seed=1).p == 1.0


def test_a_perturbed_gap_is_that_of_the_sums_and_its_interval_that_of_scipy() -> None:
    rng = np.random.default_rng(6)

    def counted(right: float) -> list[Counts | None]:
        gold, more = rng.integers(0, 4, 80), rng.integers(0, 2, 80)
        correct = rng.binomial(gold, right)
        return [(int(c), int(c + m), int(g)) for c, m, g in zip(correct, more, gold, strict=True)]

    original, changed = counted(0.85), counted(0.7)
    changed[3] = None
    found = perturbed(ABOUT, original, changed, seed=1)
    both = np.array([(a, b) for a, b in zip(original, changed, strict=True) if b is not None], dtype=float)

    def gap(places: np.ndarray) -> float:
        sums = both[places.astype(int)].sum(axis=0)
        f1 = 2 * sums[:, 0] / (sums[:, 1] + sums[:, 2])
        return float(f1[0] - f1[1])

    everything = np.arange(len(both))
    resampled = stats.bootstrap(
        (everything,), gap, method="percentile", rng=1, n_resamples=4999, vectorized=False
    ).confidence_interval
    assert (found.n, found.unanswered) == (79, 1)
    assert found.rate == pytest.approx(gap(everything))
    assert (found.low, found.high) == pytest.approx((resampled.low, resampled.high), abs=0.006)
    assert found.p is not None
    assert found.p < 0.1
    perfect = perturbed(ABOUT, [(1, 1, 1)] * 10, [(1, 1, 1)] * 10, seed=1)
    assert (perfect.rate, perfect.p) == (0, 1.0)
    assert perfect.high == pytest.approx(stats.binomtest(0, 10).proportion_ci(0.95, "exact").high)


def test_holm_goes_by_annotator_and_dataset() -> None:
    def finding(annotator: str, p: float | None) -> Finding:
        return Finding(annotator, "set", Probe.SOURCE, "alias", 10, 0.5, 0.1, 0.9, p=p)

    found = holm([finding("a", 0.004), finding("b", 0.004), finding("a", 0.03), finding("a", None), finding("a", 0.02)])
    assert [one.p_holm for one in found] == [pytest.approx(0.012), pytest.approx(0.004), pytest.approx(0.04), None,
                                             pytest.approx(0.04)]  # fmt: skip
    assert [one.verdict for one in found] == [
        Verdict.NONE, Verdict.EVIDENCE, Verdict.NONE, Verdict.NO_CONTROL, Verdict.NONE,
    ]  # fmt: skip
    assert holm([]) == []


RESAMPLES = 999
"""Of five probes the smallest p, .001, is still flagged after Holm's correction."""


@pytest.fixture
def still() -> Iterator[None]:
    """statsmodels collects garbage at every correction: over what all tests have imported that takes its time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def answered(seed: int, memorised: float, n: int = 100) -> list[Finding]:
    """All five probes of an annotator that knows a share of the set by heart, and guesses well where it does not."""
    rng = np.random.default_rng(seed)
    known = rng.random((5, n)) < memorised
    guesses = rng.random((2, n)) < 0.3  # of a language and a style it often guesses the name
    looks = rng.beta(1, 8, n)  # how easy a text is to finish
    arms = np.clip(looks + np.where(rng.random((2, n)) < 0.2, rng.exponential(0.2, (2, n)), 0), 0, 0.89)
    favourite = [0.45, 0.2, 0.1, 0.1, 0.15]  # four places, and none of them
    stood = rng.integers(0, 4, n)
    picked = np.where(known[2], stood, rng.choice(5, n, p=favourite))
    rows = rng.choice(12, n, p=[0.45] + [0.05] * 11)
    said = np.where(known[3], rows, rng.choice(12, n, p=[0.45] + [0.05] * 11))
    gold = rng.integers(0, 4, n)

    def counted(right: np.ndarray) -> list[Counts | None]:
        correct, wrong = rng.binomial(gold, right), rng.binomial(2, (1 - right) / 2)
        return [(int(c), int(c + w), int(g)) for c, w, g in zip(correct, wrong, gold, strict=True)]

    return holm(
        [
            source(ABOUT, [[bool(one)] for one in known[0] | guesses[0]], [[bool(one)] for one in guesses[1]]),
            continuation(
                ABOUT, like(np.where(known[1], 1.0, arms[0])), like(arms[1]), seed=seed, resamples=RESAMPLES
            ),
            quiz(
                ABOUT,
                [[Pick(NONE_OF_THEM if one == 4 else int(one), int(place))] for one, place in
                 zip(picked, stood, strict=True)],
                [[NONE_OF_THEM if one == 4 else int(one)] for one in rng.choice(5, n, p=favourite)],
            ),
            label_order(
                ABOUT, [[int(one)] for one in said], [int(one) for one in rows], seed=seed, resamples=RESAMPLES
            ),
            perturbed(
                ABOUT, counted(np.where(known[4], 1.0, 0.4)), counted(np.full(n, 0.4)), seed=seed, resamples=RESAMPLES
            ),
        ]
    )  # fmt: skip


@pytest.mark.usefixtures("still")
def test_one_that_has_not_seen_the_set_is_flagged_at_most_six_times_in_two_hundred() -> None:
    flagged = [
        seed for seed in range(200) if any(one.verdict is Verdict.EVIDENCE for one in answered(seed, memorised=0.0))
    ]
    assert len(flagged) <= 6, flagged


@pytest.mark.usefixtures("still")
def test_one_that_knows_half_of_it_is_flagged_by_every_probe() -> None:
    for seed in range(20):
        for one in answered(seed, memorised=0.5):
            assert one.verdict is Verdict.EVIDENCE, (seed, one)
