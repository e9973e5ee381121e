"""How like the text itself a continuation is: ROUGE-L (Lin 2004), exact, near exact.

The longest common subsequence is rapidfuzz's. Near exact takes the place of a second model's judgement (Golchin &
Surdeanu, arXiv 2308.08493): the same letters and digits in the same order, but for a tenth of them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from ..core.tokens import is_unspaced, is_word

NEAR = 0.9
"""Similarity of letters and digits (1 less the share that must be put in or taken out) from which on all is near."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """One continuation beside the text it should be: ROUGE-L (F-measure, 0 to 1), word for word, or all but that."""

    rouge_l: float
    exact: bool
    near: bool


def liken(answer: str, reference: str) -> Likeness:
    """Compare a continuation with the second piece of the text.

    Raises:
        ValueError: there is no text to compare with.
    """
    from rapidfuzz.distance import Indel

    wanted = words(reference)
    if not wanted:
        raise ValueError("a continuation can be compared with no empty text")
    exact = words(answer) == wanted
    plain = _plain(reference)
    near = exact or (bool(plain) and Indel.normalized_similarity(_plain(answer), plain) >= NEAR)
    return Likeness(rouge_l(answer, reference), exact, near)


def rouge_l(answer: str, reference: str) -> float:
    """ROUGE-L: the F-measure of the longest common subsequence of words, as they are written."""
    from rapidfuzz.distance import LCSseq

    said, wanted = words(answer), words(reference)
    common = LCSseq.similarity(said, wanted)
    return 2 * common / (len(said) + len(wanted)) if common else 0.0


def words(text: str) -> list[str]:
    """The words of a text, by its spaces; in scripts written without spaces each character is one."""
    plain = unicodedata.normalize("NFC", text)
    return "".join(f" {one} " if is_unspaced(one) else one for one in plain).split()


def _plain(text: str) -> str:
    """Letters with their marks, and digits; without case."""
    return "".join(one for one in unicodedata.normalize("NFC", text).casefold() if is_word(one))
