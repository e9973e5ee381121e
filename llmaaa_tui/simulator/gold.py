"""The gold sentences, and which of them a prompt is about."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from .errors_model import Sentence
from .renamed import Renamed
from .shown import Shown, bare

LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""No wire carries these: clients send the replacement character instead."""
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_DATA_LINE = re.compile(r'^[ \t]*(\d+):[ \t]*("(?:[^"\\\n]|\\.)*"|\{[^\n]*\})[ \t]*\r?$', re.MULTILINE)
_TAG = re.compile(r"</?\w[^<>\n]*>")
_CLOSING = "\"'`”’»},; \t\r"
_PREFIX = 12
_AFTER = frozenset("\n\r\"'`<»”’")
"""What may follow a sentence that a prompt shows without JSON quotes: the end of its line or a closing sign."""

_Hit = tuple[int, int, tuple[Sentence, str]]
"""Where a sentence is shown, from and to, and as what."""


class Gold:
    """All gold sentences by their text; of two with the same text the first counts."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self._by_text: dict[str, Sentence] = {}
        for sentence in sentences:
            self._by_text.setdefault(sentence.text.translate(LONE_SURROGATES), sentence)
        self._by_bare: dict[str, Sentence] = {}
        for text, sentence in self._by_text.items():
            self._by_bare.setdefault(bare(text), sentence)
        self._by_prefix: dict[str, list[str]] = defaultdict(list)
        for text in self._by_text:
            self._by_prefix[text[:_PREFIX]].append(text)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._by_prefix})

    def __len__(self) -> int:
        return len(self._by_text)

    @cached_property
    def _renamed(self) -> Renamed:
        return Renamed(list(self._by_text.values()))

    def label_counts(self) -> Counter[str]:
        """How often each label occurs."""
        return Counter(span.label for sentence in self._by_text.values() for span in sentence.spans)

    def words(self) -> Iterator[str]:
        """Every word of every sentence."""
        for sentence in self._by_text.values():
            yield from sentence.word_texts

    def of(self, text: str) -> Sentence | None:
        """The sentence that this text shows, spaces and invisible characters apart."""
        return self._by_text.get(text) or self._by_bare.get(bare(text))

    def asked_about(self, content: str) -> list[Shown]:
        """The sentences a user message asks about, in its order.

        Data lines `7: "a gold sentence as a JSON string"` come first: where there are any, they are what is asked,
        under their own numbers; a sentence on two lines counts twice, one with other names of the gold in place of
        its own counts too, see `Renamed`, any other line is passed over. Without
        such lines the last sentence shown is asked about, and so is every one before it that no answer follows:
        prompts that show demonstrations beside the question write each one's answer after it. These count from 1.
        A sentence counts as shown where it is the whole of a JSON string, spaces and invisible characters apart,
        or stands in the text as it is, up to the end of its line or a closing quote or tag. Of several that
        overlap the one that ends last wins, then the longest.
        """
        numbered = [
            Shown(number, sentence, text)
            for number, text in data_lines(content)
            if isinstance(text, str) and (sentence := self.of(text) or self._renamed.of(text)) is not None
        ]
        if numbered:
            return numbered
        asked: list[tuple[Sentence, str]] = []
        begins = len(content)
        shown = sorted([*self._in_json(content), *self._in_text(content)], key=lambda hit: (-hit[1], hit[0]))
        for start, end, found in shown:
            if end > begins:
                continue
            if asked and not _nothing_between(content[end:begins]):
                break
            asked.insert(0, found)
            begins = start
        return [Shown(str(number), *found) for number, found in enumerate(asked, 1)]

    def _quoted(self, written: str) -> tuple[Sentence, str] | None:
        """The sentence that a JSON string shows, with the string's value."""
        value = _value(written)
        sentence = self.of(value) if isinstance(value, str) else None
        return None if sentence is None else (sentence, str(value))

    def _in_json(self, content: str) -> Iterator[_Hit]:
        # Every quotation mark may open a string: one lost in prose must not turn all later strings inside out.
        for start in (place for place, char in enumerate(content) if char == '"'):
            match = _STRING.match(content, start)
            if match is not None and (found := self._quoted(match[0])) is not None:
                yield start, match.end(), found

    def _in_text(self, content: str) -> Iterator[_Hit]:
        for start in range(len(content)):
            if start and content[start - 1].isalnum():
                continue
            for length in self._prefix_lengths:
                for text in self._by_prefix.get(content[start : start + length], ()):
                    end = start + len(text)
                    if content.startswith(text, start) and (end == len(content) or content[end] in _AFTER):
                        yield start, end, (self._by_text[text], text)


def data_lines(content: str) -> Iterator[tuple[str, Any]]:
    """The data lines of a message, `7: ` and a JSON string or object: each one's number and value."""
    for line in _DATA_LINE.finditer(content):
        if (value := _value(line[2])) is not None:
            yield line[1], value


def _value(written: str) -> Any:
    """The value of a JSON text; None where it is none."""
    try:
        return json.loads(written, strict=False)
    except (ValueError, RecursionError):
        return None


def _nothing_between(gap: str) -> bool:
    """Whether no answer lies between two sentences: closing signs, blank lines, and what the next line begins with."""
    *whole, _ = _TAG.sub("", gap).split("\n") if "\n" in gap else (gap, "")
    return not any(line.strip().strip(_CLOSING) for line in whole)
