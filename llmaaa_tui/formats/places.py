"""Where words and spans of a line stand in its text: every offset is checked, and counts code points."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeGuard

from ..core.document import Offsets, Span, from_words
from ..core.tokens import is_unspaced
from .drafts import is_label
from .lines import BadLine, shown


def place(
    tokens: list[Any], text: str | None, rest: dict[str, Any], *, on_tokens: bool
) -> tuple[str, tuple[Offsets, ...] | None, list[int]]:
    """The text, the offsets of its words (None: unknown), and which tokens these are: blank ones are no words.

    Args:
        rest: takes up what text and offsets cannot hold, where tokens and text differ.
        on_tokens: the labels stand on the tokens, so these are the truth then; else the text is.

    Raises:
        BadLine: a token is none, or does not stand where it says.
    """
    if tokens and isinstance(tokens[0], dict):
        if text is None:
            raise BadLine('tokens with start and end count characters of a text: give it under "text"')
        given, kept = given_offsets(tokens, text)
        return text, given or None, kept
    words = words_of_tokens(tokens)
    every = list(range(len(words)))
    if text is not None:
        found = find_words(words, text) if words else None
        if found is not None or not words:
            return text, found, every
        if not on_tokens:
            rest["tokens"] = words
            return text, None, every
        rest["text"] = text
    return *joined(words), every


def joined(words: list[str]) -> tuple[str, tuple[Offsets, ...]]:
    """The text of a file that gives words alone, and where they stand in it: they are joined by single spaces.

    Where each word is a character, and one of them of a script written without spaces (Chinese by character), the text
    is the characters alone, years and Latin names among them: so people and models read it, and so models quote it.
    """
    if any(map(is_unspaced, "".join(words))) and all(map(_is_character, words)):
        text, places = "".join(words), [0]
        for word in words:
            places.append(places[-1] + len(word))
        return text, tuple(pairwise(places))
    return from_words(words)


def _is_character(word: str) -> bool:
    return all(unicodedata.category(char)[0] == "M" for char in word[1:])


def words_of_tokens(tokens: list[Any]) -> list[str]:
    """The tokens of a line, given as strings.

    Raises:
        BadLine: one is something else, or blank.
    """
    for place, token in enumerate(tokens, 1):
        if not isinstance(token, str):
            raise BadLine(f"token {place} is {shown(token)}: expected a string, like all tokens of this line")
        if not token.strip():
            raise BadLine(f"token {place} is blank: leave it and its tag out")
    return tokens


def find_words(words: Sequence[str], text: str) -> tuple[Offsets, ...] | None:
    """Offsets of the words in the text where they are all of it but blanks, in order; else None."""
    offsets: list[Offsets] = []
    position, length = 0, len(text)
    for word in words:
        while not text.startswith(word, position):
            if position >= length or not text[position].isspace():
                return None
            position += 1
        offsets.append((position, position + len(word)))
        position += len(word)
    return None if text[position:].strip() else tuple(offsets)


def given_offsets(tokens: list[Any], text: str) -> tuple[tuple[Offsets, ...], list[int]]:
    """Offsets of Prodigy tokens, and which tokens they are: blanks, which spaCy counts as tokens, are no words."""
    offsets: list[Offsets] = []
    kept: list[int] = []
    before = 0
    for place, token in enumerate(tokens, 1):
        what = f"token {place}"
        if not isinstance(token, dict):
            raise BadLine(f"{what} is {shown(token)}: expected text, start and end, like the first token of this line")
        start, end = bounds(token.get("start"), token.get("end"), text, what)
        if start < before:
            raise BadLine(f"{what} starts at {start}, before the last one ends: tokens stand in order, without overlap")
        check_surface(token.get("text"), text[start:end], what)
        before = end
        if text[start:end].strip():
            offsets.append((start, end))
            kept.append(place - 1)
    return tuple(offsets), kept


def span_of(raw: object, text: str, what: str) -> Span:
    """A labelled stretch of the text, as start, end and label, or as doccano and Prodigy write it.

    Raises:
        BadLine: it has no such place in the text, or no label.
    """
    if isinstance(raw, dict):
        start = raw.get("start", raw.get("start_offset"))
        end = raw.get("end", raw.get("end_offset"))
        label, surface = raw.get("label"), raw.get("text")
    elif isinstance(raw, list) and len(raw) == 3:
        (start, end, label), surface = raw, None
    else:
        raise BadLine(f"{what} is {shown(raw)}: expected start, end and label")
    start, end = bounds(start, end, text, what)
    if not isinstance(label, str) or not is_label(label):
        raise BadLine(f"{what} has the label {shown(label)}: expected a name without blanks around it, such as PER")
    check_surface(surface, text[start:end], what)
    if not text[start:end].strip():
        raise BadLine(f"{what} ({start} to {end}) holds no character but blanks: leave it out or move it")
    return Span(start, end, label)


def bounds(start: object, end: object, text: str, what: str) -> Offsets:
    """Two offsets that stand in the text.

    Raises:
        BadLine: they do not.
    """
    if not (is_whole(start) and is_whole(end)):
        raise BadLine(f"{what} goes from {shown(start)} to {shown(end)}: expected whole numbers")
    if not 0 <= start < end <= len(text):
        raise BadLine(
            f"{what} goes from {shown(start)} to {shown(end)} in a text of {len(text)} characters: expected "
            "0 <= start < end <= length, in code points (not bytes or UTF-16 units), the end not included"
        )
    return start, end


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value of JSON is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_surface(said: object, found: str, what: str) -> None:
    """Compare what a line says its offsets read with what they do read.

    Raises:
        BadLine: they differ.
    """
    if isinstance(said, str) and said != found:
        raise BadLine(
            f"{what} should read {shown(said)}, but its offsets read {shown(found)}: "
            "count code points (not bytes or UTF-16 units), the end not included"
        )
