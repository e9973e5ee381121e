"""How like a text its continuation is: by words, by characters where there are no spaces, exactly and nearly."""

from __future__ import annotations

import random

import pytest

from llmaaa_tui.evaluation.rouge import liken, rouge_l, words


def longest_common(one: list[str], other: list[str]) -> int:
    """The textbook's table."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for place, wanted in enumerate(other, 1):
            before, row[place] = row[place], before + 1 if word == wanted else max(row[place], row[place - 1])
    return row[-1]


def test_rouge_l_is_the_f_measure_of_the_longest_common_subsequence() -> None:
    assert rouge_l("police kill the gunman", "police killed the gunman") == pytest.approx(0.75)  # Lin 2004
    assert rouge_l("the gunman police killed", "police killed the gunman") == pytest.approx(0.5)
    rng = random.Random(1)
    for _ in range(50):
        said, wanted = (rng.choices("abcde", k=rng.randrange(1, 12)) for _ in range(2))
        common = longest_common(said, wanted)
        assert rouge_l(" ".join(said), " ".join(wanted)) == pytest.approx(2 * common / (len(said) + len(wanted)))


def test_a_script_without_spaces_goes_by_characters() -> None:
    assert words("東京は Tokyo です 。") == ["東", "京", "は", "Tokyo", "で", "す", "。"]
    assert rouge_l("東京市", "東京都") == pytest.approx(2 / 3)
    assert rouge_l("Ontario", "Oklahoma") == 0


@pytest.mark.parametrize(
    ("answer", "reference", "exact", "near"),
    [
        ("East  Somerset\n", "East Somerset", True, True),
        ("Rica 1996-08-22", "Rica 1996-08-26", False, True),
        ("30 1996", "30 , 1996", False, True),
        ("EAST SOMERSET.", "East Somerset", False, True),
        ("not enter", "not compete", False, False),
        ("1,900", "1,800", False, False),
        ("", "East Somerset", False, False),
        ("… !", "... !", False, False),
        ("and then some more words of its own", "and then", False, False),
        ("e\u0301te\u0301", "été", True, True),
    ],
)
def test_exact_and_near(answer: str, reference: str, exact: bool, near: bool) -> None:
    found = liken(answer, reference)
    assert (found.exact, found.near) == (exact, near)
    assert 0 <= found.rouge_l <= 1


def test_there_must_be_a_text_to_compare_with() -> None:
    with pytest.raises(ValueError, match="no empty text"):
        liken("words", "  ")
