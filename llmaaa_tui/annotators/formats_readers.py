"""Who can read a stored answer: `Request.reader` names the form it was asked in, for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..core.annotation import ItemAnswer
from ..core.document import Document
from ..core.labels import LabelSet
from ..core.states import Failure
from ..errors import SettingsError
from .contracts import RawAnswer, Request
from .entities_json import EntitiesReader
from .formats import FORMATS, AnswerFormat, numbered
from .formats_numbered import read_cut_off, read_lines
from .formats_settle import failed
from .generation import SENTENCES, SentencesReader
from .wires import WIRES

V1 = ("", "ner/spans.v1")


class Reader(Protocol):
    """Reads the answers of one form; pure and total."""

    @property
    def parser(self) -> str:
        """Stored with every parse; it changes when `read` would answer differently."""

    def read(self, answer: RawAnswer, request: Request, documents: Mapping[int, Document]) -> dict[int, ItemAnswer]:
        """Every item of the request is labelled, empty or failed; a failure is never empty."""


class NumberedReader:
    """Reads answers about numbered texts; which item has which number follows from the request and its documents."""

    def __init__(self, form: AnswerFormat) -> None:
        self._form = form

    @property
    def parser(self) -> str:
        """E.g. "ner/compact.v2 parser 1"."""
        return f"{reader_name(self._form)} parser {self._form.parser}"

    def read(self, answer: RawAnswer, request: Request, documents: Mapping[int, Document]) -> dict[int, ItemAnswer]:
        """See `Reader`."""
        completion = WIRES[request.wire].completion(answer)
        lines, views = numbered(self._form, [documents[item] for item in request.items])
        n = max(lines, default=0)
        if completion.failure is Failure.CUT_OFF:
            found = read_cut_off(completion.text, n, completion.detail)
        elif completion.failure is not None:
            return {item: failed(completion.failure, completion.detail) for item in request.items}
        else:
            found = read_lines(completion.text, n)
        return {
            item: failed(*found.failures[line])
            if line in found.failures
            else self._form.read(found.values[line], view, found.notes)
            for item, line, view in zip(request.items, lines, views, strict=True)
        }


def reader_name(form: AnswerFormat) -> str:
    """As `Request.reader` holds it, e.g. "ner/compact.v2"."""
    return f"ner/{form.name}.{form.version}"


def reader_for(reader: str, labels: LabelSet) -> Reader:
    """Who reads the answers to requests of this reader.

    Raises:
        SettingsError: no reader of that name is known here; a newer release may have asked.
    """
    if reader in V1:
        return EntitiesReader(labels)
    if reader == SENTENCES:
        return SentencesReader(labels)
    for make in FORMATS.values():
        form = make(labels)
        if reader_name(form) == reader:
            return NumberedReader(form)
    raise SettingsError(f"no reader {reader!r} is known here: a newer llmaaa may have asked; install that version")
