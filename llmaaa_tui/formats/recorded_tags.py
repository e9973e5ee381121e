"""Files of what annotators answered about gold sentences, tags as they said them: one JSON object a sentence.

`{"tokens": ["Ada", "left"], "gold_tags": ["B-PER", "O"], "answers": [[["Ada", "B-PER"], ["left", "O"]], …]}`, as the
public recordings of LLMs in the Loop (arXiv 2404.02261) are kept; other keys (`predictions`, …) are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.document import Document, from_words
from ..core.tags import split_tag
from ..errors import InputError
from .json_rows import objects
from .lines import BadLine, read_lines, shown

EXAMPLE = '{"tokens": ["Ada", "left"], "gold_tags": ["B-PER", "O"], "answers": [[["Ada", "B-PER"], ["left", "O"]]]}'
UNSEEN = "\ufffd"
"""What stands for a token that nothing can be seen of: it has its tag in gold and in every answer."""


@dataclass(frozen=True, slots=True)
class RecordedSentence:
    """One sentence, its gold, and what was answered.

    Attributes:
        document: with the tokens of the file; `UNSEEN` for one that is empty or a space.
        gold: one IOB2 tag a token, as the file has them: an I- may open a span.
        answers: raw JSON values, one a repeat, of whatever shape the model gave them.
    """

    document: Document
    gold: tuple[str, ...]
    answers: tuple[Any, ...]


def read_recorded(path: Path) -> list[RecordedSentence]:
    """The sentences of a file, in its order.

    Raises:
        InputError: the file cannot be read, a line is no recorded sentence, or nothing was answered in all of it.
    """
    sentences: list[RecordedSentence] = []
    for number, row in objects(str(path), read_lines(path), EXAMPLE):
        try:
            sentences.append(_sentence(row, str(path), number))
        except BadLine as bad:
            raise InputError(path, number, str(bad)) from None
    if not any(sentence.answers for sentence in sentences):
        raise InputError(path, None, "nothing was answered in this file: every list of answers is empty")
    return sentences


def _sentence(row: dict[str, Any], file: str, line: int) -> RecordedSentence:
    tokens, gold, answers = (_list(row, key) for key in ("tokens", "gold_tags", "answers"))
    for token in tokens:
        if not isinstance(token, str):
            raise BadLine(f'"tokens" holds {shown(token)}: expected words')
    if not tokens:
        raise BadLine('"tokens" is empty: leave this line out')
    if len(gold) != len(tokens):
        raise BadLine(f'{len(gold)} "gold_tags" for {len(tokens)} "tokens": expected one a token')
    for tag in gold:
        _check(tag)
    text, offsets = from_words([token if token.strip() else UNSEEN for token in tokens])
    name = row.get("id")
    return RecordedSentence(
        Document(text, offsets, name if isinstance(name, str) else "", file=file, line=line),
        tuple(gold),
        tuple(answers),
    )


def _list(row: dict[str, Any], key: str) -> list[Any]:
    if key not in row:
        raise BadLine(f'"{key}" is missing: expected {EXAMPLE}')
    value = row[key]
    if not isinstance(value, list):
        raise BadLine(f'"{key}" is {shown(value)}: expected a list')
    return value


def _check(tag: object) -> None:
    if not isinstance(tag, str):
        raise BadLine(f'"gold_tags" holds {shown(tag)}: expected tags such as "B-PER" and "O"')
    try:
        prefix, _ = split_tag(tag)
    except ValueError as error:
        raise BadLine(f'"gold_tags": {error}') from None
    if prefix not in "OBI":
        raise BadLine(f'"gold_tags" holds {shown(tag)}: expected IOB2, with B-, I- and O alone')
