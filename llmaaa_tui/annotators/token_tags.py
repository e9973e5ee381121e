"""The form of the papers: a [word, tag] pair for every word. Dear, and every slip costs the whole sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..core.annotation import GroundedSpan, ItemAnswer
from ..core.document import Labels, Span
from ..core.labels import LabelSet
from ..core.states import Failure, State
from ..core.tags import split_tag
from ..core.tokens import to_spans, to_tags
from .fold import RUNGS, fold
from .formats_labels import Spellings
from .formats_settle import failed
from .ground import View
from .suspicion import UNGROUNDED_WORDS


class TokenTags:
    """`[["Ada","B-PER"],["came","O"]]`; an answer counts only where every word has its tag, and every tag is right."""

    name = "token_tags"
    version = "v2"
    parser = 2

    def __init__(self, labels: LabelSet) -> None:
        self._labels = Spellings(labels)

    def line(self, view: View) -> str:
        """The words with spaces between them, for the model has to know what counts as one."""
        return " ".join(_words(view))

    def schema(self) -> Mapping[str, Any]:
        """Of one text's value."""
        return {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}

    def show(self, view: View, labels: Labels) -> list[list[str]]:
        """Gold spans in the form of an answer."""
        tags = to_tags([Span(*place) for place in view.shown(labels.spans)], view.words)
        return [list(pair) for pair in zip(_words(view), tags, strict=True)]

    def output_tokens(self, view: View) -> int:
        """Room for the words, a token a byte, and for a pair's frame and tag around each."""
        return len(view.text.encode("utf-8", "replace")) + 12 * len(view.words)

    def read(self, value: object, view: View, notes: Sequence[str]) -> ItemAnswer:
        """Empty only where every word of the text is there with the tag O."""
        pairs = _pairs(value)
        if pairs is None:
            return failed(Failure.SCHEMA, "what the answer says about this text is not a list of [word, tag]", notes)
        words = _words(view)
        if len(pairs) != len(words):
            return failed(Failure.LENGTH, f"the answer has {len(pairs)} words, the text {len(words)}", notes)
        rungs = [_rung(word, said) for word, (said, _) in zip(words, pairs, strict=True)]
        for word, (said, _), rung in zip(words, pairs, rungs, strict=True):
            if rung is None:
                detail = f"the answer says {said[:40]!r} where the text says {word[:40]!r}"
                return failed(Failure.ALTERED, detail, notes, (UNGROUNDED_WORDS,))
        try:
            tags = [self._tag(tag) for _, tag in pairs]
        except ValueError as error:
            return failed(Failure.UNKNOWN_LABEL, str(error), notes)
        for before, tag in pairwise(["O", *tags]):
            if tag.startswith("I-") and before[2:] != tag[2:]:
                return failed(Failure.INVALID_BIO, f"{tag} follows {before}, so no mention is open there", notes)
        spans = tuple(_grounded(tags, [rung or 1 for rung in rungs], view))
        return ItemAnswer(State.LABELLED if spans else State.EMPTY, spans, detail="; ".join(notes))

    def loose_tags(self, value: object, view: View) -> list[str] | None:
        """The tags of an answer as the papers count them, which is less than `read` asks for.

        Whether the words are those of the text is not looked at, a tag of no label asked for is O, and an I- may follow
        anything. None where there is not one [word, tag] for each word.
        """
        pairs = _pairs(value)
        if pairs is None or len(pairs) != len(view.words):
            return None
        tags = []
        for _, said in pairs:
            try:
                tags.append(self._tag(said))
            except ValueError:
                tags.append("O")
        return tags

    def _tag(self, said: str) -> str:
        prefix, label = split_tag(said.strip())
        if prefix == "O":
            return "O"
        known = self._labels.find(label)
        if known is None or prefix not in "BI":
            raise ValueError(f"{said[:40]!r} is not a tag of the labels asked for")
        return f"{prefix}-{known}"


def _words(view: View) -> list[str]:
    return [view.text[start:end] for start, end in view.words]


def _pairs(value: object) -> list[tuple[str, str]] | None:
    if not isinstance(value, list):
        return None
    pairs: list[tuple[str, str]] = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], str):
            return None
        word = pair[0]
        # A year is often written as a number; whether it is the text's word is seen when they are compared.
        if not isinstance(word, str | int | float) or isinstance(word, bool):
            return None
        pairs.append((str(word), pair[1]))
    return pairs


def _rung(word: str, said: str) -> int | None:
    """The lowest rung at which both are the same word, or None."""
    if word == said:
        return 1
    return next((rung for rung in RUNGS if fold(word, rung).text.strip() == fold(said, rung).text.strip()), None)


def _grounded(tags: Sequence[str], rungs: Sequence[int], view: View) -> Iterator[GroundedSpan]:
    """Spans of the original text; a span is found as surely as the least sure of its words."""
    first = {start: index for index, (start, _) in enumerate(view.origin)}
    last = {end: index for index, (_, end) in enumerate(view.origin)}
    for span in to_spans(tags, view.origin):
        yield GroundedSpan(span, max(rungs[first[span.start] : last[span.end] + 1]))
