"""The forms an answer can have: what is said about each item, written as the request asks for it.

A line of the system message names the form: `Answer format: compact`. Without one it is `spans`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..core.document import Span
from ..core.tokens import snap
from .errors_model import Sentence

SPANS, COMPACT, NESTED, INLINE, TOKEN_TAGS = "spans", "compact", "nested", "inline", "token_tags"
_LINE = re.compile(rf"^Answer format: ({COMPACT}|{NESTED}|{INLINE}|{TOKEN_TAGS})\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mention:
    """A span as it is said: its words are the text's own unless a fault changed them."""

    start: int
    end: int
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Item:
    """What is said about one sentence.

    Attributes:
        key: the number it was asked under.
        invented: labels and words that stand nowhere in the text.
    """

    key: str
    sentence: Sentence
    mentions: tuple[Mention, ...]
    invented: tuple[tuple[str, str], ...] = ()

    @classmethod
    def saying(cls, key: str, sentence: Sentence, spans: Sequence[Span]) -> Item:
        said = tuple(Mention(one.start, one.end, one.label, sentence.text[one.start : one.end]) for one in spans)
        return cls(key, sentence, said)


def asked_for(instructions: str) -> str:
    """The form that the system message names."""
    line = _LINE.search(instructions)
    return line[1] if line else SPANS


def members(form: str, items: Sequence[Item]) -> list[tuple[str, Any]]:
    """The answer's JSON object: one member an item; in the form `spans` "entities" of the last item alone."""
    if form == SPANS:
        return [("entities", _entities(items[-1]))]
    write = {COMPACT: _compact, NESTED: _compact, INLINE: _inline, TOKEN_TAGS: _token_tags}[form]
    return [(item.key, write(item)) for item in items]


def written(said: Sequence[tuple[str, Any]]) -> str:
    """A JSON object; member by member, for a fault may say one twice."""
    return "{" + ",".join(f"{_json(name)}:{_json(value)}" for name, value in said) + "}"


def occurrence(sentence: Sentence, start: int, end: int) -> int:
    """Which occurrence of its own words a stretch of text is, counted from 1.

    Whole words count only among whole words (`Mali` is not said in `Malian`); a part of a word counts among all.
    """
    text, surface = sentence.text, sentence.text[start:end]
    starts, ends = {word[0] for word in sentence.words}, {word[1] for word in sentence.words}
    whole = start in starts and end in ends
    count, at = 0, text.find(surface)
    while at != -1 and at <= start:
        count += not whole or (at in starts and at + len(surface) in ends)
        at = text.find(surface, at + 1)
    return count


def _entities(item: Item) -> list[dict[str, Any]]:
    said = [(one.words, one.label, occurrence(item.sentence, one.start, one.end)) for one in item.mentions]
    said += [(words, label, 1) for label, words in item.invented]
    return [{"text": words, "type": label, "occurrence": count} for words, label, count in said]


def _compact(item: Item) -> list[str]:
    said = []
    for one in item.mentions:
        count = occurrence(item.sentence, one.start, one.end)
        said.append(f"{one.label}: {one.words}" if count == 1 else f"{one.label} {count}: {one.words}")
    return [*said, *(f"{label}: {words}" for label, words in item.invented)]


def _inline(item: Item) -> str:
    text, parts, at = item.sentence.text, [], 0
    for one in _flat(item.mentions):
        parts += [text[at : one.start], f"<{one.label}>{one.words}</{one.label}>"]
        at = one.end
    return "".join([*parts, text[at:], *(f" <{label}>{words}</{label}>" for label, words in item.invented)])


def _token_tags(item: Item) -> list[list[str]]:
    sentence, rows, at = item.sentence, list[list[str]](), 0
    for one in _flat(item.mentions):
        place = snap(Span(one.start, one.end, one.label), sentence.words)
        if place is None or place[0] < at:
            continue
        kept = one.words == sentence.text[one.start : one.end]
        rows += [[word, "O"] for word in sentence.word_texts[at : place[0]]]
        rows += _tagged(sentence.word_texts[place[0] : place[1]] if kept else one.words.split(), one.label)
        at = place[1]
    rows += [[word, "O"] for word in sentence.word_texts[at:]]
    return rows + [row for label, words in item.invented for row in _tagged(words.split(), label)]


def _tagged(words: Sequence[str], label: str) -> list[list[str]]:
    return [[word, ("I-" if place else "B-") + label] for place, word in enumerate(words)]


def _flat(mentions: Sequence[Mention]) -> list[Mention]:
    """Mentions that do not overlap, in text order: these forms hold no others. The longest wins, then the first."""
    kept: list[Mention] = []
    for one in sorted(mentions, key=lambda mention: (mention.start - mention.end, mention.start)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda mention: mention.start)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
