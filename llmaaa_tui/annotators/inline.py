"""The text itself with its mentions between tags, `<PER>Ada</PER> came`: dear, but the steadiest with weak models."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.annotation import GroundedSpan, ItemAnswer
from ..core.document import Labels, Offsets
from ..core.labels import LabelSet
from ..core.states import Failure
from .fold import RUNGS, fold
from .formats_labels import Spellings
from .formats_settle import failed, settle, unknown_label
from .ground import NO_WORD, OVERLAP, View
from .suspicion import UNGROUNDED_WORDS

_TAG = re.compile(r"<(/?)([^<>/\n]{1,60})>")


@dataclass(frozen=True, slots=True)
class _Marked:
    """A marked text without its tags, and the stretches they enclosed with the label as written."""

    text: str
    stretches: tuple[tuple[int, int, str], ...]


class Inline:
    """`"<PER>Ada</PER> came"`; without its tags the answer must be the text, up to what grounding forgives."""

    name = "inline"
    version = "v2"
    parser = 2

    def __init__(self, labels: LabelSet) -> None:
        self._labels = Spellings(labels)

    def line(self, view: View) -> str:
        """The text as it stands."""
        return view.text

    def schema(self) -> Mapping[str, Any]:
        """Of one text's value."""
        return {"type": "string"}

    def show(self, view: View, labels: Labels) -> str:
        """Gold spans in the form of an answer."""
        parts, at = [], 0
        for start, end, label in view.shown(labels.spans):
            parts += [view.text[at:start], f"<{label}>{view.text[start:end]}</{label}>"]
            at = end
        return "".join([*parts, view.text[at:]])

    def output_tokens(self, view: View) -> int:
        """Room for the text, a token a byte, and for a mention every four words."""
        return len(view.text.encode("utf-8", "replace")) + 16 * -(-len(view.words) // 4)

    def read(self, value: object, view: View, notes: Sequence[str]) -> ItemAnswer:
        """A text without tags is empty only where it is the text that was shown, whole."""
        if not isinstance(value, str):
            return failed(Failure.SCHEMA, "what the answer says about this text is not the marked text", notes)
        try:
            marked = _unmark(value, view.text)
        except ValueError as error:
            return failed(Failure.SCHEMA, str(error), notes)
        aligned = _align(marked.text, view.text, [(start, end) for start, end, _ in marked.stretches])
        if aligned is None:
            detail = "without its tags the answer is not the text that was asked about"
            return failed(Failure.ALTERED, detail, notes, (UNGROUNDED_WORDS,))
        rung, places = aligned
        dropped: Counter[str] = Counter()
        found: list[GroundedSpan] = []
        for (_, _, said), place in zip(marked.stretches, places, strict=True):
            label = self._labels.find(said)
            span = view.span(*place, label or said, rung) if place else None
            if label is None:
                dropped[unknown_label(said)] += 1
            elif span is None:
                dropped[NO_WORD] += 1
            else:
                found.append(span)
        kept: list[GroundedSpan] = []
        for one in sorted(found, key=lambda one: (one.span.start - one.span.end, one.span.start)):
            if all(one.span.end <= other.span.start or other.span.end <= one.span.start for other in kept):
                kept.append(one)
        dropped[OVERLAP] += len(found) - len(kept)
        return settle(sorted(kept, key=lambda one: one.span), +dropped, notes)


def _unmark(marked: str, text: str) -> _Marked:
    """Take the tags out; what looks like a tag and stands in the text itself is text.

    A text that holds the very tag it would be marked with fails: nobody could tell the two apart.

    Raises:
        ValueError: the tags do not pair.
    """
    parts: list[str] = []
    length = at = 0
    opened: list[tuple[str, int]] = []
    stretches: list[tuple[int, int, str]] = []
    for tag in _TAG.finditer(marked):
        if tag[0] in text:
            continue
        parts.append(marked[at : tag.start()])
        length += len(parts[-1])
        at = tag.end()
        if not tag[1]:
            opened.append((tag[2], length))
            continue
        if not opened or opened[-1][0] != tag[2]:
            raise ValueError(f"the answer closes a tag that is not open: {tag[0][:40]!r}")
        label, start = opened.pop()
        stretches.append((start, length, label))
    if opened:
        raise ValueError(f"the answer does not close the tag <{opened[-1][0][:40]}>")
    parts.append(marked[at:])
    return _Marked("".join(parts), tuple(stretches))


def _align(said: str, text: str, stretches: Sequence[Offsets]) -> tuple[int, list[Offsets | None]] | None:
    """The lowest rung at which both texts are the same, and the stretches of `said` in `text`; None at no rung."""
    for rung in RUNGS:
        ours, theirs = fold(text, rung), fold(said, rung)
        if ours.text.strip() != theirs.text.strip():
            continue
        shift = (len(ours.text) - len(ours.text.lstrip())) - (len(theirs.text) - len(theirs.text.lstrip()))
        places: list[Offsets | None] = []
        for start, end in stretches:
            inside = [
                index + shift
                for index, char in enumerate(theirs.text)
                if theirs.starts[index] >= start and theirs.ends[index] <= end and not char.isspace()
            ]
            places.append((ours.starts[inside[0]], ours.ends[inside[-1]]) if inside else None)
        return rung, places
    return None
