"""What this room must know of a task: how its files are read, and how its labels are written.

A task names one object (see `core.tasks`): the module `task_ner` holds that of named entities, and so on. What is the
same for all tasks, such as how a line of JSONL names a document, is in `rows` and `write`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TextIO

from ..core import tasks
from ..core.document import Document, Labels, Record
from ..errors import InputError, SettingsError

_OF_THE_LINE = ("id", "text", "language", "tokens", "meta", "answer", "never_send")
_OF_THE_LABELS = ("tags", "ner_tags", "spans", "entities", "label", "labels", "cats", "accept")
_OF_PAIRS = ("head", "tail", "relations")
RESERVED = frozenset((*_OF_THE_LINE, *_OF_THE_LABELS, *_OF_PAIRS))
"""Keys that say what a line is; provenance may not use them."""


@dataclass(frozen=True, slots=True)
class TaskFile:
    """All items of one file.

    Attributes:
        records: in file order; gold is None where the file has none, `NOTHING` where it says "nothing here".
        format: what kind of file it was, e.g. "jsonl-spans" or "tacred".
        labels: of the gold, as first seen.
        notes: what was left out of the file, and how often; empty where nothing was.
    """

    records: list[Record]
    format: str
    labels: tuple[str, ...]
    notes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabelledDocument:
    """A document with the labels in force.

    Attributes:
        document: the text, its tokens and, where one is asked about, its pair.
        labels: `NOTHING` says "nothing here". Spans may nest and overlap.
        provenance: where the labels come from, as JSON values: annotator, round, decision, simulated…

    Raises:
        ValueError: a span ends outside the text, a label is blank, or provenance uses one of `RESERVED`.
    """

    document: Document
    labels: Labels
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for span in self.labels.spans:
            if span.end > len(self.document.text) or not span.label.strip():
                raise ValueError(f"{span} does not fit a text of {len(self.document.text)} characters")
        if not all(name.strip() for name in self.labels.classes):
            raise ValueError("a label of the whole item is blank")
        if taken := RESERVED & self.provenance.keys():
            raise ValueError(f"provenance may not be called {min(taken)!r}: that key describes the line itself")

    @property
    def mark(self) -> str:
        """SIMULATED or RECORDED where no live model gave these labels, for formats that hold words alone; else ""."""
        return str(self.provenance.get("simulated") or "").upper()

    @property
    def annotator(self) -> str:
        """Who gave the labels; "" where nobody says."""
        return str(self.provenance.get("annotator") or "")


@dataclass(frozen=True, slots=True)
class Report:
    """What was written, and what was not or not as it stood.

    Attributes:
        documents, labels: how many were written.
        dropped: reason → how many labels (or documents, where it says so) were left out.
        changed: reason → how many labels, tokens or texts were written otherwise than they stood.
        units, noun: what the documents and the labels are called.
    """

    documents: int
    labels: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    units: str = "sentences"
    noun: str = "spans"

    @property
    def lossless(self) -> bool:
        """Whether the text and all its labels are in the file as they stood."""
        return not self.dropped and not self.changed

    def __str__(self) -> str:
        parts = [f"{self.documents} {self.units} and {self.labels} {self.noun} written"]
        parts += [f"left out: {count} {reason}" for reason, count in self.dropped.items()]
        parts += [f"changed: {count} {reason}" for reason, count in self.changed.items()]
        return "; ".join(parts)


Writer = Callable[[Iterable[LabelledDocument], TextIO], Report]
"""Writes all rows to a file opened as UTF-8 with `newline="\\n"`, and reports what the format could not hold."""


class TaskFormats(Protocol):
    """What this room must know of one task.

    Attributes:
        files: which files are read, for a person who has to choose one, e.g. "JSONL, CoNLL or text lines".
        exports: the formats besides JSONL that hold labels of this task, by the name `--format` says.
    """

    @property
    def files(self) -> str: ...

    @property
    def exports(self) -> Mapping[str, Writer]: ...

    def read(self, path: Path, negative: str = "") -> TaskFile:
        """Read a file whatever its format: the content tells which it is. All of it is read before this returns.

        Args:
            negative: the label of what the file names nothing for where it names something for others, such as pairs
                of a sentence whose relations are listed; "" for the usual one.

        Raises:
            InputError: the file cannot be used; names the first bad line and what would be right.
        """
        ...

    def fields(self, document: Document, labels: Labels) -> Mapping[str, Any]:
        """The keys that say the labels and the pair in a line of JSONL, as JSON values; `read` takes them back."""
        ...


def of(name: str) -> TaskFormats:
    """The files of the task of that name.

    Raises:
        SettingsError: there is no such task.
    """
    try:
        found: TaskFormats = tasks.get(name).room("formats")
    except tasks.UnknownTaskError as error:
        raise SettingsError(f"project.task: {error}") from None
    return found


def looks_like(path: Path, task: tasks.Task) -> tasks.Task | None:
    """The task of ours whose labels are in a file that says nothing to `task`; None where it is no other's.

    Whoever labels pairs is told nothing: a file of theirs with a fault may well read as another task's.
    """
    if task.pairs:
        return None
    for other in tasks.TASKS.values():
        if other.pairs or (other.shape is tasks.Shape.SPANS) != (task.shape is tasks.Shape.SPANS):
            with suppress(InputError):
                if of(other.name).read(path).labels:
                    return other
    return None
