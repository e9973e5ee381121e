from __future__ import annotations

import numpy as np
import pytest

from llmaaa_tui.acquisition.doubt import doubtful


def test_single_answers_are_doubted_where_the_student_disagrees() -> None:
    softmax = np.array([[0.9, 0.1, 0.0], [0.3, 0.6, 0.1]])
    agreed, denied = np.array([[0, 1]]), np.array([[0, 2]])
    # All weights 1: (student + the answer, that counts as much + 1/3) / 3, and the worse word decides.
    assert doubtful([agreed, denied], [softmax, softmax]) == pytest.approx(
        [(0.6 * 2 + 1 / 3) / 3, (0.1 * 2 + 1 / 3) / 3]
    )


def test_weights_and_scores_are_those_worked_out_by_hand() -> None:
    answers = [np.array([[0, 1, 0, 1]] * 2), np.array([[0, 1, 0, 1], [0, 0, 0, 1]]), np.array([[1]])]
    right = np.array([[0.8, 0.2], [0.2, 0.8], [0.8, 0.2], [0.2, 0.8]])
    # The student calls the first word 1, all others as their consensus: 1 error of 8 words.
    wrong = right.copy()
    wrong[0] = [0.4, 0.6]
    scores = doubtful(answers, [wrong, right, np.array([[0.3, 0.7]])])
    # Consensus 0101 twice (the student decides word 2 of the second), so always naming 0 errs on a half.
    # Pairs agree on 7 of 8 words; an answer is the consensus in 15 of 16; 17 answers to 9 words.
    weight, student, agreement = 1 - (1 / 8) / 0.5, (1 - (1 / 8) / 0.5) * (17 / 9) ** 0.5, 15 / 16

    def word(said: float, same: int, other: int) -> float:
        top = student * said + weight * (same * agreement + other * (1 - agreement)) + weight / 2
        return float(top / (student + weight * (same + other + 1)))

    assert scores == pytest.approx([word(0.4, 2, 0), word(0.8, 1, 1), word(0.7, 1, 0)])


def test_a_further_answer_that_agrees_removes_doubt_and_one_that_differs_adds_it() -> None:
    noise = np.random.default_rng(0)
    softmax = [noise.dirichlet([6, 2, 2], 5) for _ in range(40)]
    same = [np.tile(rows.argmax(axis=1), (2, 1)) for rows in softmax]
    once, twice = np.tile(softmax[0].argmax(axis=1), (1, 1)), same[0]
    split = twice.copy()
    split[1] = (split[1] + 1) % 3
    scored = {len(one): doubtful([one, *same[1:]], softmax)[0] for one in (once, twice)}
    assert scored[2] > scored[1] > doubtful([split, *same[1:]], softmax)[0]


def test_planted_errors_come_first() -> None:
    noise = np.random.default_rng(1)
    truth = [noise.choice(3, 8, p=[0.8, 0.1, 0.1]) for _ in range(100)]
    softmax = [0.7 * np.eye(3)[tags] + 0.3 * noise.dirichlet(np.ones(3), 8) for tags in truth]
    answers = [np.stack([tags] * int(noise.integers(1, 4))) for tags in truth]
    wrong = set(noise.choice(100, 10, replace=False).tolist())
    for row in wrong:
        answers[row][:, 3] = (truth[row][3] + 1) % 3
    assert set(np.argsort(doubtful(answers, softmax))[:10].tolist()) == wrong


def test_a_sentence_without_words_is_beyond_doubt() -> None:
    empty = np.zeros((1, 0), dtype=int), np.zeros((0, 3))
    assert doubtful([empty[0]], [empty[1]]) == [1]
    assert doubtful([], []).shape == (0,)


@pytest.mark.parametrize(
    ("answers", "softmax", "said"),
    [
        (np.zeros((0, 1), int), np.ones((1, 2)), "sentence 0 has no answer"),
        (np.zeros((1, 2), int), np.ones((1, 2)), r"sentence 0: answers of shape \(1, 2\)"),
        (np.array([[2]]), np.ones((1, 2)), "about sentence 0 has a class that is not among the 2 tags"),
        (np.array([[0]]), np.array([[np.nan, 1]]), "sentence 0 are not all numbers"),
    ],
)
def test_what_does_not_fit_is_refused(answers: np.ndarray, softmax: np.ndarray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        doubtful([answers], [softmax])
    with pytest.raises(ValueError, match="about 0 sentences"):
        doubtful([], [softmax])
