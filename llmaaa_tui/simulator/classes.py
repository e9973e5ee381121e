"""Items that are labelled as a whole: texts with one class or several, and pairs of stretches of a text.

An answer is an object whose members are the numbers of the data lines; the form `choice` says one label's name under
each, the form `choices` a list of names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..core.document import Record
from .classes_errors import ASSUMED, Classed, ClassNames, Errors, in_gold
from .errors_model import Sentence
from .gold import Gold
from .http1 import HttpError
from .table import load, recorded_language
from .tasks import Asked, Said
from .wire import Question

CHOICE, CHOICES = "choice", "choices"
_FORM = re.compile(r"^Answer format: (\w+)", re.MULTILINE)
_INVENTED = "PWNED by the annotator"


@dataclass(frozen=True, slots=True)
class Line:
    """An item that is asked about: the number its answer goes under, and the text as the prompt has it."""

    number: str
    item: Classed
    shown: str


class Finder(Protocol):
    """Which items of the gold a message asks about."""

    wants: str

    def asked_about(self, content: str) -> list[Line]:
        """In the order of the message."""


class WholeTexts:
    """Finds texts; of two with the same text the first counts."""

    wants = "a text of its gold files"

    def __init__(self, items: Iterable[Classed]) -> None:
        self._items: dict[str, Classed] = {}
        for item in items:
            self._items.setdefault(item.sentence.text, item)
        self._gold = Gold(item.sentence for item in self._items.values())

    def asked_about(self, content: str) -> list[Line]:
        """As `Gold.asked_about`."""
        return [
            Line(found.number, self._items[found.sentence.text], found.text)
            for found in self._gold.asked_about(content)
        ]


class Classes:
    """Answers about gold items.

    Args:
        items: with their gold.
        find: who finds them.
        several: whether an item has any number of classes, not exactly one.
        negative: the label that means "none of these", where there is one.
        profile: exact, gpt-4-turbo or llama-2-70b.
        seed: of its lasting errors.
    """

    def __init__(
        self, items: Sequence[Classed], find: Finder, several: bool, negative: str | None, profile: str, seed: int
    ) -> None:
        self._count = len(items)
        self._find = find
        self.wants = find.wants
        self.several = several
        self.names = ClassNames(in_gold(items), negative)
        recorded = load(profile, recorded_language(word for item in items for word in item.sentence.word_texts))
        self.errors = Errors(ASSUMED[profile], recorded) if recorded else None
        self.seed = seed

    def __len__(self) -> int:
        return self._count

    @property
    def row(self) -> str:
        """ "assumed", or "none" for exact."""
        return "assumed" if self.errors else "none"

    def asked(self, question: Question) -> Asked | None:
        """See `Simulation`."""
        form = CHOICES if self.several else CHOICE
        named = _FORM.search(question.instructions)
        if named is not None and named[1] != form:
            raise HttpError(
                400,
                f"this simulator's gold is answered as {form!r}, not as {named[1][:40]!r}: start it with the --task of "
                "the project that asks",
                code="other_task",
                param="messages",
            )
        lines = self._find.asked_about(question.user)
        return _Lines(self, lines) if lines else None


@dataclass(frozen=True, slots=True)
class _Lines:
    """Items that are asked about. An answer is broken or cut off as its first item would have it."""

    model: Classes
    lines: Sequence[Line]

    @property
    def texts(self) -> list[str]:
        """The gold text, and after it the shown one: there a script can name one pair of a sentence."""
        return [f"{line.item.sentence.text}\n{line.shown}" for line in self.lines]

    @property
    def about(self) -> list[str]:
        return [line.item.sentence.text for line in self.lines]

    def say(self, sample: int, fault: str, target: int) -> Said:
        model, first = self.model, self.lines[0].item
        said = on_classes(fault, [self._said(line.item, sample) for line in self.lines], target)
        broken = model.errors.fault(first, model.seed, sample) if model.errors else ""
        members = [
            (line.number, names if model.several else names[0]) for line, names in zip(self.lines, said, strict=True)
        ]
        return Said(members, first.key, broken)

    def _said(self, item: Classed, sample: int) -> list[str]:
        model = self.model
        if model.errors is None:
            return list(item.classes)
        if model.several:
            return model.errors.several(model.names, item, model.seed, sample)
        return [model.errors.one(model.names, item, model.seed, sample)]


def on_classes(fault: str, said: Sequence[list[str]], target: int) -> list[list[str]]:
    """What is said about the items; case and Unicode change that of all, other faults that of the target."""
    rows = list(said)
    if fault == "case_labels":
        return [[name.upper() if name.islower() else name.lower() for name in names] for names in rows]
    if fault == "nfd":
        return [[unicodedata.normalize("NFD", name) for name in names] for names in rows]
    if fault == "injected":
        rows[target] = [_INVENTED, *rows[target]]
    elif fault == "paraphrase" and rows[target]:
        first, *others = rows[target]
        rows[target] = [f"the famous {first}", *others]
    return rows


def with_classes(records: Sequence[Record]) -> list[Classed]:
    """The items of records that have gold."""
    return [
        Classed(Sentence(record.document, ()), record.gold.classes) for record in records if record.gold is not None
    ]
