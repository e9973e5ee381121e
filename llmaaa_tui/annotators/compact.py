"""The default answer: for every text a list of strings `"PER: Ada Lovelace"`; the shortest that JSON allows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.annotation import ItemAnswer
from ..core.document import Labels, Span
from ..core.labels import LabelSet
from ..core.states import Failure
from .formats_labels import Spellings
from .formats_settle import MALFORMED, failed, mention_of, says_twice, settle, unknown_label
from .ground import Mention, View, occurrence_of

_NUMBERED = re.compile(r"(.+?)\s*[#(]?\s*(\d{1,4})\)?\s*", re.DOTALL)
_LONGEST_LABEL = 200
_COLON = re.compile("[:：]")


class Compact:
    """`["PER: Ada", "PER 2: Ada"]`: label, which place of the same words where it is not the first, words."""

    name = "compact"
    version = "v2"
    parser = 2
    overlap = False
    """Whether mentions may stand inside one another."""

    def __init__(self, labels: LabelSet) -> None:
        self._labels = Spellings(labels)

    def line(self, view: View) -> str:
        """The text as it stands."""
        return view.text

    def schema(self) -> Mapping[str, Any]:
        """Of one text's value."""
        return {"type": "array", "items": {"type": "string"}}

    def show(self, view: View, labels: Labels) -> list[str]:
        """Gold spans in the form of an answer."""
        said = []
        for start, end, label in view.shown(labels.spans, self.overlap):
            place = occurrence_of(view.text, view.words, Span(start, end, label))
            said.append(f"{label}{f' {place}' if place > 1 else ''}: {view.text[start:end]}")
        return said

    def output_tokens(self, view: View) -> int:
        """Room for a mention every four words, in a script that costs three times the tokens of English."""
        return 24 * -(-len(view.words) // 4)

    def read(self, value: object, view: View, notes: Sequence[str]) -> ItemAnswer:
        """Strings, the objects of the first prompt version, or a mixture; nothing but an empty list is empty."""
        entries = value.get("entities") if isinstance(value, dict) and not says_twice(value) else value
        if not isinstance(entries, list):
            return failed(Failure.SCHEMA, "what the answer says about this text is not a list of mentions", notes)
        if not entries and isinstance(value, dict) and len(value) > 1:
            return failed(Failure.SCHEMA, "an empty list of mentions, and something else beside it", notes)
        mentions: list[Mention] = []
        dropped: Counter[str] = Counter()
        said: set[str] = set()
        for entry in entries:
            mention = self._of_string(entry) if isinstance(entry, str) else mention_of(entry)
            if mention is None:
                dropped[MALFORMED] += 1
                continue
            label = self._labels.find(mention.label)
            if label is None:
                dropped[unknown_label(mention.label)] += 1
                continue
            # Without a number the first place is meant; said again without one, the next.
            unsaid = 1 if isinstance(entry, str) and mention.text not in said else None
            said.add(mention.text)
            mentions.append(Mention(mention.text, label, mention.occurrence or unsaid))
        grounding = view.ground(mentions, self.overlap)
        dropped.update(reason for _, reason in grounding.rejected)
        return settle(grounding.spans, dropped, notes)

    def _of_string(self, entry: str) -> Mention | None:
        """Split at the first colon whose left side is a label; a label or the words may hold colons themselves."""
        first: Mention | None = None
        for colon in _COLON.finditer(entry, 0, _LONGEST_LABEL):
            said, words = entry[: colon.start()].strip(), entry[colon.end() :].strip()
            if not words:
                break
            numbered = _NUMBERED.fullmatch(said)
            if self._labels.find(said):
                return Mention(words, said)
            if numbered and self._labels.find(numbered[1]):
                return Mention(words, numbered[1], int(numbered[2]))
            first = first or (Mention(words, said) if said else None)
        return first


class Nested(Compact):
    """The same for mentions that may stand inside one another or cross: "ORG: University of Oslo", "LOC: Oslo"."""

    name = "nested"
    parser = 1
    overlap = True
