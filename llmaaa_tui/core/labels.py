"""A task's labels and how each is said to a person or a model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_KNOWN = {
    "PER": "person",
    "PERSON": "person",
    "ORG": "organization",
    "LOC": "location",
    "GPE": "geopolitical entity",
    "MISC": "miscellaneous name",
    "DATE": "date or time",
    "TIME": "time",
    "EVENT": "event",
    "PROD": "product",
}


_DIRECTED = re.compile(r"([^-()]+)-([^-()]+)\((e1|e2),\s*(e1|e2)\)")
_NAMED = re.compile(r"([^()]+)\((e1|e2),\s*(e1|e2)\)")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def verbalise(name: str) -> str:
    """A label's name in words: `PER` → `person`, `creative-work` → `creative work`, `OrgBased_In` → `org based in`.

    A directed relation in the manner of SemEval-2010 Task 8 becomes a template: `Cause-Effect(e2,e1)` →
    `{e2} is the cause, {e1} is the effect`, `born_in(e1,e2)` → `{e1} born in {e2}`.
    """
    directed = _DIRECTED.fullmatch(name)
    if directed is not None:
        first, second, one, other = directed.groups()
        return f"{{{one}}} is the {_plain(first)}, {{{other}}} is the {_plain(second)}"
    named = _NAMED.fullmatch(name)
    if named is not None:
        return f"{{{named[2]}}} {_plain(named[1])} {{{named[3]}}}"
    return _KNOWN.get(name.upper(), _plain(name))


def _plain(name: str) -> str:
    return _HUMP.sub(" ", name).replace("_", " ").replace("-", " ").lower()


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels in a fixed order, each with its verbalised name (`person`).

    Attributes:
        names: as files and the store write them.
        verbalised: as people and models are told; of a relation a template with `{e1}` and `{e2}` ("{e1} works for
            {e2}") or plain words.
        negative: the one that says "none of these" and counts for no F1 (`no_relation`, `Other`); None for none.
    """

    names: tuple[str, ...]
    verbalised: tuple[str, ...]
    negative: str | None = None

    def __post_init__(self) -> None:
        if self.negative is not None and self.negative not in self.names:
            raise ValueError(f"the negative label {self.negative!r} is not in the label set")

    @classmethod
    def of(cls, names: tuple[str, ...], said: dict[str, str] | None = None, negative: str | None = None) -> LabelSet:
        """Take the names; say each as `said` does, else in the usual words."""
        said = said or {}
        return cls(names, tuple(said.get(name) or verbalise(name) for name in names), negative)

    @property
    def positive(self) -> tuple[str, ...]:
        """All names but the negative one."""
        return tuple(name for name in self.names if name != self.negative)

    def in_order(self, classes: Iterable[str]) -> tuple[str, ...]:
        """Some of the names, each once, in the order of the set.

        Raises:
            ValueError: one is not in the set.
        """
        return tuple(sorted(set(classes), key=self.names.index))

    @property
    def iob2(self) -> tuple[str, ...]:
        """The tag inventory `("O", "B-PER", "I-PER", …)`; its order is the student's class order."""
        return ("O", *(f"{prefix}-{name}" for name in self.names for prefix in "BI"))
