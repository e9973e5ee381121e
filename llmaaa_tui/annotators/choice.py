"""Labels of the whole item as an answer: one name, or a list of names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.annotation import GroundedClass, ItemAnswer
from ..core.document import Labels
from ..core.labels import LabelSet
from ..core.states import Failure, State
from .formats_labels import Spellings
from .formats_settle import UNKNOWN_LABEL, failed, says_twice, unknown_label
from .ground import View
from .suspicion import UNKNOWN_LABELS

ENUM_MOST = 50
"""So many names a schema lists for each item at most; providers bound what a schema may hold."""
_AT_ONCE = 8
MALFORMED = "not a name"


class Choice:
    """`"HUM"`: exactly one name; "none of these" is a label with a name too, so nothing is ever empty."""

    name = "choice"
    version = "v1"
    parser = 1

    def __init__(self, labels: LabelSet) -> None:
        self._labels = labels
        self._spellings = Spellings(labels)

    def line(self, view: View) -> Any:
        """The text as it stands."""
        return view.text

    def schema(self) -> Mapping[str, Any]:
        """Of one item's value."""
        return _name(self._labels)

    def show(self, view: View, labels: Labels) -> str:
        """The gold label in the form of an answer."""
        return labels.classes[0]

    def output_tokens(self, view: View) -> int:
        """Room for the longest name, a token a byte."""
        return 8 + max(_room(name) for name in self._labels.names)

    def read(self, value: object, view: View, notes: Sequence[str]) -> ItemAnswer:
        """A name, alone or in a list or an object `{"label": …}`; a sentence is not searched for one."""
        if isinstance(value, dict) and "label" in value and not says_twice(value):
            value, notes = value["label"], (*notes, "the label stood in an object")
        if isinstance(value, list) and len(value) == 1:
            value, notes = value[0], (*notes, "the label stood in a list")
        if not isinstance(value, str):
            return failed(Failure.SCHEMA, "what the answer says about this text is not one label", notes)
        label = self._spellings.find(value)
        if label is None:
            return failed(Failure.UNKNOWN_LABEL, unknown_label(value), notes)
        return ItemAnswer(State.LABELLED, detail="; ".join(notes), classes=(GroundedClass(label),))


class Choices:
    """`["sport","politics"]`: all names that fit; only an empty list, or the negative label alone, is empty."""

    name = "choices"
    version = "v1"
    parser = 1

    def __init__(self, labels: LabelSet) -> None:
        self._labels = labels
        self._spellings = Spellings(labels)

    def line(self, view: View) -> Any:
        """The text as it stands."""
        return view.text

    def schema(self) -> Mapping[str, Any]:
        """Of one item's value."""
        return {"type": "array", "items": _name(self._labels)}

    def show(self, view: View, labels: Labels) -> list[str]:
        """The gold labels in the form of an answer."""
        return list(labels.classes)

    def output_tokens(self, view: View) -> int:
        """Room for some of the longest names, a token a byte."""
        return 8 + sum(sorted((_room(name) for name in self._labels.names), reverse=True)[:_AT_ONCE])

    def read(self, value: object, view: View, notes: Sequence[str]) -> ItemAnswer:
        """A list of names, or one name alone; of names that do not exist the others stay, with a flag.

        Where no name of several can be used the answer failed: that nothing fits was not said.
        """
        if isinstance(value, dict) and "labels" in value and not says_twice(value):
            value, notes = value["labels"], (*notes, "the labels stood in an object")
        if isinstance(value, str):
            value, notes = [value], (*notes, "the label stood in no list")
        if not isinstance(value, list):
            return failed(Failure.SCHEMA, "what the answer says about this text is not a list of labels", notes)
        found: list[str] = []
        dropped: Counter[str] = Counter()
        for said in value:
            label = self._spellings.find(said) if isinstance(said, str) else None
            if label is not None:
                found.append(label)
            else:
                dropped[unknown_label(said) if isinstance(said, str) else MALFORMED] += 1
        if dropped:
            counts = ", ".join(f"{count} {reason}" for reason, count in sorted(dropped.items()))
            notes = (*notes, f"dropped {dropped.total()} of {len(value)}: {counts}")
        flags = (UNKNOWN_LABELS,) * any(reason.startswith(UNKNOWN_LABEL) for reason in dropped)
        classes = tuple(GroundedClass(name) for name in self._labels.in_order(found) if name != self._labels.negative)
        if dropped and not classes:
            return failed(Failure.UNKNOWN_LABEL if flags else Failure.SCHEMA, "no label can be used", notes, flags)
        state = State.LABELLED if classes else State.EMPTY
        return ItemAnswer(state, detail="; ".join(notes), flags=flags, classes=classes)


def _name(labels: LabelSet) -> dict[str, Any]:
    return {"type": "string", "enum": list(labels.names)} if len(labels.names) <= ENUM_MOST else {"type": "string"}


def _room(name: str) -> int:
    return 4 + len(name.encode("utf-8", "replace"))
