"""SemEval-2010 Task 8 in its own text form: a numbered sentence with its pair marked, the relation, a comment.

    1\t"The system has its <e1>application</e1> in a <e2>configuration</e2>."
    Component-Whole(e2,e1)
    Comment: Not a collection.

The form for testing gives sentences alone. The words are not in such a file, and none are invented.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

from ..core.document import Document, Labels, Pair, Record
from ..errors import InputError
from .drafts import is_label
from .lines import BadLine, shown
from .marks import is_marked, marked, unmark
from .tasks import LabelledDocument, Report

_SENTENCE = re.compile(r"\s*(\d+)[\t ]+(.*\S)\s*")
_KEY = re.compile(r"\s*\d+\s+\S+\s*")
_COMMENT = "Comment:"
_MARK = re.compile(r"((?:RECORDED AND )?SIMULATED|RECORDED), annotator ([^;]+)(?:; (.*))?")
_EXPECTED = 'expected a number, a tab and a sentence in quotes, such as 1\t"The <e1>author</e1> uses a <e2>tool</e2>."'
_LINE_ENDS = str.maketrans("\t\n\r\0", "    ")


def looks_numbered(line: str) -> bool:
    """Whether a line reads as a numbered sentence with a pair marked in it."""
    found = _SENTENCE.fullmatch(line)
    return found is not None and is_marked(found[2])


@dataclass(slots=True)
class _Sentence:
    line: int
    name: str
    text: str
    label: str = ""
    comment: str | None = None


def read(file: str, lines: Sequence[str]) -> list[Record]:
    """Every sentence of the file.

    Raises:
        InputError: a line is neither a numbered sentence nor what may follow one.
    """
    sentences: list[_Sentence] = []
    open_ = False  # whether the last sentence still takes a line
    for number, line in enumerate(lines, 1):
        found = _SENTENCE.fullmatch(line)
        if not line.strip():
            open_ = False
        elif found:
            if not is_marked(found[2]) and _KEY.fullmatch(line):
                reason = f"a number and a relation without a sentence, as in an answer key: {_EXPECTED}"
                raise InputError(file, number, reason)
            sentences.append(_Sentence(number, found[1], _unquoted(found[2])))
            open_ = True
        elif open_ and line.startswith(_COMMENT):
            sentences[-1].comment = line.removeprefix(_COMMENT).strip()
        elif open_ and not sentences[-1].label and sentences[-1].comment is None and is_label(line.strip()):
            sentences[-1].label = line.strip()
        else:
            reason = f"{shown(line)} is out of place: {_EXPECTED}, then its relation and a comment"
            raise InputError(file, number, reason)
    return [_record(sentence, file) for sentence in sentences]


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text.startswith('"') and text.endswith('"') else text


def _record(sentence: _Sentence, file: str) -> Record:
    try:
        text, head, tail = unmark(sentence.text)
        if head == tail:
            raise BadLine("<e1> and <e2> mark the same words: a relation needs two")
    except BadLine as bad:
        raise InputError(file, sentence.line, str(bad)) from None
    metadata = _metadata(sentence.comment or "")
    document = Document(
        text, None, sentence.name, metadata=metadata, file=file, line=sentence.line, pair=Pair(head, tail)
    )
    return Record(document, Labels(classes=(sentence.label,)) if sentence.label else None)


def _metadata(comment: str) -> dict[str, str]:
    """What `_comment` wrote: who gave the label where no live model did, and the comment of the file."""
    found = _MARK.fullmatch(comment)
    if found is None:
        return {"comment": comment} if comment else {}
    said = {"annotator": found[2], "simulated": found[1].lower()}
    return {"comment": found[3], **said} if found[3] else said


def write_semeval(rows: Iterable[LabelledDocument], out: TextIO) -> Report:
    """A numbered sentence with its pair marked, its relation, a comment and a blank line.

    Tokens, types, language and the mark `never_send` have no place in it, metadata and provenance none either but for
    a `comment`, which begins with SIMULATED or RECORDED where no live model gave the label. Sentences keep their
    numbers where every one has its own, else they are counted.
    """
    rows = list(rows)
    names = [row.document.name for row in rows]
    numbered = len(set(names)) == len(names) and all(name.isascii() and name.isdecimal() for name in names)
    changed: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    labels = written = 0
    for number, row in enumerate(rows, 1):
        document = row.document
        sentence = None if document.pair is None else _as_written(document.text, document.pair, changed)
        if sentence is None:
            dropped["pairs (none, or their marks could not be read again)"] += 1
            continue
        _count_changes(document, changed)
        out.write(f'{document.name if numbered else number}\t"{sentence}"\n')
        out.writelines(f"{name}\n" for name in row.labels.classes)
        out.write(f"{_COMMENT} {_comment(row)}".translate(_LINE_ENDS).rstrip() + "\n\n")
        written += 1
        labels += len(row.labels.classes)
    if not numbered and written:
        changed["ids (counted, for not every one is a number of its own)"] = written
    return Report(written, labels, dict(dropped), dict(changed), units="pairs", noun="labels")


def _comment(row: LabelledDocument) -> str:
    """One line, for readers count four a sentence."""
    said = row.document.metadata.get("comment")
    comment = said if isinstance(said, str) else ""
    mark = f"{row.mark}, annotator {row.annotator or 'unknown'}" if row.mark else ""
    return "; ".join(part for part in (mark, comment) if part)


def _as_written(text: str, pair: Pair, changed: Counter[str]) -> str | None:
    """The sentence as it stands in the file; None where nobody could read its marks."""
    sentence = marked(text, pair).translate(_LINE_ENDS)
    try:
        found = unmark(sentence)
    except BadLine:
        return None
    if found[1] == found[2]:
        return None
    if sentence != marked(text, pair):
        changed["texts (line ends or tabs in them)"] += 1
    elif found != (text, pair.head, pair.tail):
        changed["texts (blanks beside a mark)"] += 1
    return sentence


def _count_changes(document: Document, changed: Counter[str]) -> None:
    pair = document.pair
    changed["texts (tokens have no place in this format)"] += document.tokens is not None
    changed["texts (the mark never_send has no place in this format)"] += document.never_send
    changed["pairs (types have no place in this format)"] += pair is not None and bool(pair.head_type or pair.tail_type)
    for reason in [reason for reason, count in changed.items() if not count]:
        del changed[reason]
