"""How sure the student may say it is: the temperature that is found, and errors measured on words it never saw."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from llmaaa_tui.student.calibrate import Calibration, calibrate, ece, recorded, temperature, tempered, to_record


def softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def sentences(too_sure: float, n: int = 1000) -> tuple[list[np.ndarray], list[list[int]]]:
    """Sentences whose tags are drawn from a distribution, and a student whose logits are `too_sure` times its own."""
    rng = np.random.default_rng(4)
    found, right = [], []
    for _ in range(n):
        logits = rng.normal(size=(rng.integers(3, 12), 5)) * 1.5
        right.append((logits + rng.gumbel(size=logits.shape)).argmax(axis=1).tolist())  # drawn from softmax(logits)
        found.append(softmax(too_sure * logits).astype(np.float32))
    return found, right


@pytest.mark.parametrize("too_sure", [0.6, 1.0, 2.5])
def test_the_temperature_undoes_what_made_the_student_too_sure(too_sure: float) -> None:
    found, right = sentences(too_sure)
    result = calibrate(found, right, 1)
    assert result is not None
    assert result.temperature == pytest.approx(too_sure, rel=0.1)
    assert result.words == sum(len(one) for one in right)
    assert result.ece < 0.035
    assert (result.ece_raw > 2 * result.ece) == (too_sure != 1.0)
    assert calibrate(found, right, 1) == result
    assert recorded(to_record(result)) == result
    calm = [tempered(one, result.temperature) for one in found]
    again = calibrate(calm, right, 1)
    assert again is not None
    assert again.temperature == pytest.approx(1.0, abs=0.01)


def test_the_search_finds_what_a_library_finds() -> None:
    found, right = sentences(1.7, 40)
    logits, answers = np.log(np.concatenate(found).astype(np.float64)), np.concatenate(right)

    def loss(by: float) -> float:
        return float(-np.log(softmax(logits / by)[np.arange(len(answers)), answers]).mean())

    expected = minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded", options={"xatol": 1e-6}).x
    assert temperature(logits, answers) == pytest.approx(expected, rel=1e-4)
    # Always right: the surer the better, up to the bound.
    assert temperature(logits, logits.argmax(axis=1)) == pytest.approx(0.2, rel=1e-4)


def test_the_errors_are_of_sentences_that_the_temperature_never_saw() -> None:
    # One strange sentence of many: the four other folds cannot know it, a temperature of all would.
    found, right = sentences(1.0, 5)
    found[0] = np.tile(np.array([0.96, 0.01, 0.01, 0.01, 0.01], np.float32), (400, 1))
    right[0] = [1] * 400
    result = calibrate(found, right, 1)
    assert result is not None
    whole = np.concatenate([tempered(one, result.temperature) for one in found])
    assert result.ece > 1.2 * ece(whole, np.concatenate(right))


def test_the_calibration_error_by_hand() -> None:
    sure = np.array([[0.6, 0.4], [0.6, 0.4], [0.9, 0.1], [0.9, 0.1]])
    right = np.array([0, 1, 0, 0])
    assert ece(sure, right, bins=2) == pytest.approx((abs(0.6 - 0.5) + abs(0.9 - 1.0)) / 2)
    assert ece(sure[:1], right[:1]) == pytest.approx(0.4)


def test_too_few_sentences_have_no_temperature() -> None:
    found, right = sentences(1.0, 4)
    assert calibrate([*found, np.zeros((0, 5), np.float32)], [*right, []], 1) is None
    assert recorded(to_record(None)) is None
    assert recorded({}) is None
    assert isinstance(calibrate([*found, found[0]], [*right, right[0]], 1), Calibration)
