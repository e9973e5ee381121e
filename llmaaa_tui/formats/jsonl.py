"""JSONL: one object a line, with `tokens` and `tags`, or `text` and `spans` (also as doccano and Prodigy write them).

Its other keys are read as `json_rows` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..core.document import Offsets, Span
from ..errors import InputError
from .drafts import Draft, check_tag
from .json_rows import document_of, list_of, objects, text_of
from .lines import BadLine, shown
from .places import place, span_of

_TAG_KEYS: Final = ("tags", "ner_tags")
_SPAN_KEYS: Final = ("spans", "entities", "label")
_EXAMPLE = '{"text": "…", "spans": […]} or {"tokens": […], "tags": […]}'


def read(file: str, lines: Sequence[str]) -> tuple[str, list[Draft]]:
    """Every object of the file, and "jsonl-tokens" or "jsonl-spans" by the first of them; blank lines are skipped.

    Raises:
        InputError: a line is not one JSON object, or its text, tokens, tags or spans do not fit each other.
    """
    format_ = ""
    drafts: list[Draft] = []
    for number, source in objects(file, lines, _EXAMPLE):
        try:
            drafts.append(_draft(source, file, number))
        except BadLine as bad:
            raise InputError(file, number, str(bad)) from None
        if not format_:
            by_tokens = source.get("text") is None or drafts[0].tags is not None
            format_ = "jsonl-tokens" if by_tokens else "jsonl-spans"
    return format_, drafts


def _draft(source: dict[str, Any], file: str, line: int) -> Draft:
    rest = dict(source)
    given = text_of(rest.pop("text", None))
    tokens = list_of(rest.pop("tokens", None), "tokens")
    tags = _pop_tags(rest)
    raw_spans = _pop_spans(rest) if tags is None else None
    if tags is not None and not tokens:
        raise BadLine('tags without tokens: give every tag its token under "tokens"')
    if given is None and raw_spans is not None:
        raise BadLine('spans count characters of a text: give it under "text", or give "tags" for the tokens')
    if given is None and not tokens:
        keys = ", ".join(map(shown, list(source)[:6])) or "nothing"
        raise BadLine(f'no "text" and no tokens (found {keys}): expected {_EXAMPLE}')

    text, offsets, tags = _place(tokens or [], given, tags, rest)
    spans = None if raw_spans is None else _spans(raw_spans, text)
    if rest.get("answer") in ("reject", "ignore"):  # Prodigy: nobody says that these labels are right
        tags = spans = None
    return Draft(document_of(rest, text, offsets, file, line), tags, spans)


# Tokens and tags ------------------------------------------------------------------------------------------------


def _place(
    tokens: list[Any], text: str | None, tags: list[str] | None, rest: dict[str, Any]
) -> tuple[str, tuple[Offsets, ...] | None, list[str] | None]:
    """The text, the offsets of its words (None: unknown) and their tags; adds to `rest` what these cannot hold."""
    if tags is not None and len(tokens) != len(tags):
        raise BadLine(f"{len(tokens)} tokens but {len(tags)} tags: every token needs one tag")
    text, offsets, kept = place(tokens, text, rest, on_tokens=tags is not None)
    return text, offsets, None if tags is None else [tags[index] for index in kept]


def _pop_tags(rest: dict[str, Any]) -> list[str] | None:
    for key in _TAG_KEYS:
        tags = list_of(rest.pop(key, None), key)
        if tags is not None:
            return [check_tag(tag) for tag in tags]
    return None


# Spans ----------------------------------------------------------------------------------------------------------


def _pop_spans(rest: dict[str, Any]) -> list[Any] | None:
    for key in _SPAN_KEYS:
        value = rest.get(key)
        if value is None:
            rest.pop(key, None)
            continue
        # `label` is also the key of a text's class: ["positive"] or "positive" there are no spans.
        if key == "label" and not (isinstance(value, list) and all(isinstance(one, (list, dict)) for one in value)):
            continue
        del rest[key]
        return list_of(value, key)
    return None


def _spans(raw: list[Any], text: str) -> tuple[Span, ...]:
    """The spans in text order, each once."""
    return tuple(sorted({span_of(one, text, f"span {place}") for place, one in enumerate(raw, 1)}))
