"""The form of an answer about one item, and the reader of a stored one: what every task brings of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..core.annotation import ItemAnswer
from ..core.document import Document, Labels
from .contracts import RawAnswer, Request
from .ground import View, view_of
from .shown_json import as_json


class AnswerFormat(Protocol):
    """How the answer about one text is written; the object around them, one key a text, is the same for all."""

    name: str
    """As the guidelines call it: `Answer format: compact`."""
    version: str
    """Of the form; with the name it is what `Request.reader` says."""
    parser: int
    """Raised when `read` would answer differently."""

    def line(self, view: View) -> Any:
        """What the data shows of an item, as a JSON value; items that are shown alike are asked about once."""

    def schema(self) -> Mapping[str, Any]:
        """JSON schema of one text's value."""

    def show(self, view: View, labels: Labels) -> Any:
        """One text's value that says these gold labels; for demonstrations."""

    def output_tokens(self, view: View) -> int:
        """Room for the value of one text."""

    def read(self, value: object, view: View, notes: Sequence[str]) -> ItemAnswer:
        """What a value says about its text; never raises, and nothing malformed is empty.

        Args:
            notes: what had to be repaired before; part of the answer's detail.
        """


class Reader(Protocol):
    """Reads the answers of one form; pure and total."""

    @property
    def parser(self) -> str:
        """Stored with every parse; it changes when `read` would answer differently."""

    def read(self, answer: RawAnswer, request: Request, documents: Mapping[int, Document]) -> dict[int, ItemAnswer]:
        """Every item of the request is labelled, empty or failed; a failure is never empty."""


def schema_of(form: AnswerFormat, n: int) -> dict[str, Any]:
    """JSON schema of an answer about `n` texts; strict, every text required."""
    keys = [str(line) for line in range(1, n + 1)]
    return {
        "type": "object",
        "properties": {key: form.schema() for key in keys},
        "required": keys,
        "additionalProperties": False,
    }


def numbered(form: AnswerFormat, documents: Sequence[Document]) -> tuple[list[int], list[View]]:
    """The line, from 1, each document has in a request, and its view.

    Documents that are shown alike share a line, which stands where the first of them does: so the lines follow
    from the items of a request and their documents alone, whenever an answer is read.
    """
    views = [view_of(document) for document in documents]
    lines: dict[str, int] = {}
    return [lines.setdefault(as_json(form.line(view)), len(lines) + 1) for view in views], views
