"""Read a file of sentences for named entity recognition, whatever its format: the content tells which it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.document import Document, Record
from ..errors import InputError
from . import conll, jsonl
from .drafts import Draft, to_records
from .json_rows import is_object
from .lines import read_lines

_SAMPLE = 50
_NOTHING = "no sentence in the file: expected at least one"
_JSONL = frozenset((".json", ".jsonl", ".ndjson"))
_CONLL = frozenset((".conll", ".conll03", ".conll2003", ".bio", ".iob", ".iob2", ".bioes", ".bmes", ".bilou"))
_TEXT = frozenset((".txt", ".text"))


@dataclass(frozen=True, slots=True)
class NerFile:
    """All sentences of one file.

    Attributes:
        records: in file order; gold is None where the file has none, `NOTHING` where it says "nothing here".
        format: "jsonl-tokens", "jsonl-spans", "conll" or "text".
        scheme: "IOB1", "IOB2", "BIOES" or "BMES" where it has tags, else None.
        labels: of the gold spans, as first seen.
    """

    records: list[Record]
    format: str
    scheme: str | None
    labels: tuple[str, ...]


def read_ner(path: Path) -> NerFile:
    """Read JSONL with tokens and tags or with text and spans, CoNLL columns, or (.txt) one sentence a line.

    The whole file is read before anything is returned.

    Raises:
        InputError: the file cannot be used; names the first bad line and what would be right.
    """
    file = str(path)
    lines = read_lines(path)
    format_, drafts = _read_as(_detect(path, lines), file, lines)
    if not drafts:
        raise InputError(file, None, _NOTHING)
    records, scheme, labels = to_records(drafts)
    return NerFile(records, format_, scheme, labels)


def _read_as(kind: str, file: str, lines: Sequence[str]) -> tuple[str, list[Draft]]:
    if kind == "jsonl":
        return jsonl.read(file, lines)
    if kind == "conll":
        return kind, conll.read(file, lines)
    sentences = ((number, line.strip()) for number, line in enumerate(lines, 1))
    return kind, [Draft(Document(text, file=file, line=number)) for number, text in sentences if text]


def _detect(path: Path, lines: Sequence[str]) -> str:
    """Tell "jsonl", "conll" or "text" by the first lines; the extension decides only where they do not."""
    sample: list[str] = []
    for line in lines:
        if line.strip():
            sample.append(line)
        if len(sample) == _SAMPLE:
            break
    if not sample:
        raise InputError(path, None, _NOTHING)
    suffix = path.suffix.lower()
    # `{ O` is a token with its tag; `{name} signed here` in a .txt is a sentence.
    if sample[0].lstrip().startswith("{") and not conll.looks_tagged(sample[0]):
        return "text" if suffix in _TEXT and not is_object(sample[0]) else "jsonl"
    # Most lines, not the first alone: a sentence may end in "vitamin O", and a tagged file may have a bad line.
    if 2 * sum(map(conll.looks_tagged, sample)) > len(sample):
        return "conll"
    for kind, suffixes in (("jsonl", _JSONL), ("conll", _CONLL), ("text", _TEXT)):
        if suffix in suffixes:
            return kind
    raise InputError(
        path,
        1,
        "neither JSONL nor CoNLL: expected one JSON object a line, or a token and its tag a line; "
        "plain text, one sentence a line, needs a name that ends in .txt",
    )
