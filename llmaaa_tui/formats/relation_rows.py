"""Pairs out of JSON objects: TACRED's, one pair with head and tail, or a text with spans and their relations.

Head and tail count tokens (ends exclusive) where the line has `tokens` as strings, else characters of `text`. Spans
count characters of `text`, and tokens where there is none. TACRED counts tokens, its ends inclusive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any, Final

from ..core.document import Labels, Offsets, Pair, Record
from .drafts import is_label
from .json_rows import document_of, list_of, text_of
from .lines import BadLine, shown
from .marks import is_marked, unmark
from .places import bounds, check_surface, find_words, is_whole, place, words_of_tokens

EXAMPLE = (
    '{"tokens": […], "head": {"start": 0, "end": 1}, "tail": {…}, "label": "…"}, or '
    '{"text": "…", "spans": […], "relations": [{"head": 0, "tail": 1, "label": "…"}]}, or a list of TACRED objects'
)
_TACRED: Final = ("subj_start", "subj_end", "obj_start", "obj_end")
_SPAN_KEYS: Final = ("spans", "entities")

SINGLE = "sentences with fewer than two entities"
TWICE = "entities (listed twice: the same stretch of text, which keeps its first type)"


def pairs_of(
    source: dict[str, Any], file: str, line: int, negative: str, notes: Counter[str]
) -> tuple[str, list[Record]]:
    """What kind of object it is, and a record for each of its pairs.

    Args:
        negative: the label of pairs that the object lists no relation for, where it lists relations.
        notes: counts what is left out.

    Raises:
        BadLine: text, offsets or relations do not fit each other.
    """
    rest = {key: value for key, value in source.items() if value is not None}
    if any(key in rest for key in _TACRED):
        return "tacred", [_tacred(rest, file, line)]
    if "head" in rest or "tail" in rest:
        return "jsonl-pairs", [_pair(rest, file, line)]
    if any(key in rest for key in _SPAN_KEYS):
        return "jsonl-relations", _related(rest, file, line, negative, notes)
    if isinstance(rest.get("text"), str) and is_marked(rest["text"]):
        return "jsonl-marked", [_marked(rest, file, line)]
    keys = ", ".join(map(shown, list(source)[:6])) or "nothing"
    raise BadLine(f"no pair whose relation is asked about (found {keys}): expected {EXAMPLE}")


def _pop_gold(rest: dict[str, Any]) -> Labels | None:
    for key in ("label", "relation"):
        if key in rest:
            return _rejected(rest, Labels(classes=(_label(rest.pop(key), f'"{key}"'),)))
    return None


def _rejected(rest: dict[str, Any], gold: Labels) -> Labels | None:
    """None where Prodigy says that nobody holds these labels to be right."""
    return None if rest.get("answer") in ("reject", "ignore") else gold


def _label(value: object, what: str) -> str:
    if not isinstance(value, str) or not is_label(value):
        raise BadLine(f"{what} is {shown(value)}: expected the relation's name, without blanks around it")
    return value


def _kind(value: object, what: str) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not is_label(value):
        raise BadLine(f"{what} has the type {shown(value)}: expected a name without blanks around it, such as PER")
    return value


def _words_given(rest: dict[str, Any], key: str) -> list[Any]:
    return list_of(rest.pop(key, None), key) or []


def _on_words(start: object, end: object, words: Sequence[Offsets], what: str) -> Offsets:
    """Characters of a range of words, `end` exclusive."""
    if is_whole(start) and is_whole(end) and 0 <= start < end <= len(words):
        return words[start][0], words[end - 1][1]
    raise BadLine(
        f"{what} goes from token {shown(start)} to {shown(end)} in a sentence of {len(words)} tokens: "
        "expected 0 <= start < end <= length, the end not included"
    )


def _check(said: object, found: str, what: str) -> None:
    check_surface(said, found, what)
    if not found.strip():
        raise BadLine(f"{what} holds no character but blanks: leave it out or move it")


def _checked_pair(ends: Sequence[Offsets], types: Sequence[str] = ("", "")) -> Pair:
    head, tail = ends
    if head == tail:
        raise BadLine("head and tail are the same stretch of text: a relation needs two")
    return Pair(head, tail, *types)


# One pair an object ---------------------------------------------------------------------------------------------


def _tacred(rest: dict[str, Any], file: str, line: int) -> Record:
    words = words_of_tokens(_words_given(rest, "token" if "token" in rest else "tokens"))
    if not words:
        raise BadLine('no "token": TACRED gives the words of the sentence there')
    text, offsets, _ = place(words, None, rest, on_tokens=True)
    ends = []
    for part in ("subj", "obj"):
        start, end = rest.pop(f"{part}_start", None), rest.pop(f"{part}_end", None)
        for key, value in ((f"{part}_start", start), (f"{part}_end", end)):
            if value is None:
                raise BadLine(f'no "{key}": TACRED counts the words of {part} there, from 0')
        if not (is_whole(start) and is_whole(end) and start <= end):
            raise BadLine(
                f"{part} goes from token {shown(start)} to {shown(end)}: expected {part}_start <= {part}_end, "
                "both counted from 0, the end included"
            )
        ends.append(_on_words(start, end + 1, offsets or (), part))
    types = [_kind(rest.pop(f"{part}_type", None), part) for part in ("subj", "obj")]
    gold = _pop_gold(rest)
    return Record(document_of(rest, text, offsets, file, line, _checked_pair(ends, types)), gold)


def _pair(rest: dict[str, Any], file: str, line: int) -> Record:
    given, tokens = text_of(rest.pop("text", None)), _words_given(rest, "tokens")
    if given is None and not tokens:
        raise BadLine('head and tail without a sentence: give "tokens", or "text" whose characters they count')
    on_tokens = bool(tokens) and not isinstance(tokens[0], dict)
    if on_tokens and given is not None and is_marked(given) and find_words(words_of_tokens(tokens), given) is None:
        given = unmark(given)[0]  # SemEval's own text beside its words
    text, offsets, _ = place(tokens, given, rest, on_tokens=on_tokens)
    ends, types = [], []
    for key in ("head", "tail"):
        part = rest.pop(key, None)
        if not isinstance(part, dict):
            raise BadLine(f'"{key}" is {shown(part)}: expected {{"start": …, "end": …}}')
        start, end = part.get("start"), part.get("end")
        place_of = _on_words(start, end, offsets or (), key) if on_tokens else bounds(start, end, text, key)
        _check(part.get("text"), text[slice(*place_of)], key)
        ends.append(place_of)
        types.append(_kind(part.get("type"), key))
    gold = _pop_gold(rest)
    return Record(document_of(rest, text, offsets, file, line, _checked_pair(ends, types)), gold)


def _marked(rest: dict[str, Any], file: str, line: int) -> Record:
    text, head, tail = unmark(rest.pop("text"))
    gold = _pop_gold(rest)
    return Record(document_of(rest, text, None, file, line, _checked_pair((head, tail))), gold)


# Spans and their relations --------------------------------------------------------------------------------------


def _related(rest: dict[str, Any], file: str, line: int, negative: str, notes: Counter[str]) -> list[Record]:
    given, tokens = text_of(rest.pop("text", None)), _words_given(rest, "tokens")
    if given is None and not tokens:
        raise BadLine('spans without a sentence: give "text" whose characters they count, or "tokens"')
    text, offsets, _ = place(tokens, given, rest, on_tokens=given is None)
    key = next(key for key in _SPAN_KEYS if key in rest)
    spans = list_of(rest.pop(key), key) or []
    listed = [
        _entity(one, f"span {number}", text, (offsets or ()) if given is None else None)
        for number, one in enumerate(spans, 1)
    ]
    relations = list_of(rest.pop("relations", None), "relations")
    related = None if relations is None else _relations(relations, spans, listed)
    if related is not None and rest.get("answer") in ("reject", "ignore"):
        related = None
    document = document_of(rest, text, offsets, file, line)
    records = []
    entities: dict[Offsets, str] = {}
    for place_of, kind in listed:
        entities.setdefault(place_of, kind)
    if len(entities) < len(listed):
        notes[TWICE] += len(listed) - len(entities)
    for head, tail in permutations(entities, 2):
        gold = None if related is None else Labels(classes=(related.get((head, tail), negative),))
        records.append(Record(replace(document, pair=Pair(head, tail, entities[head], entities[tail])), gold))
    if len(entities) < 2:
        notes[SINGLE] += 1
    return records


def _entity(raw: object, what: str, text: str, words: Sequence[Offsets] | None) -> tuple[Offsets, str]:
    """Where it stands and what kind of thing it is; `words` where it counts these."""
    if not isinstance(raw, dict):
        raise BadLine(f"{what} is {shown(raw)}: expected an object with start, end and label")
    start = raw.get("start", raw.get("start_offset"))
    end = raw.get("end", raw.get("end_offset"))
    found = bounds(start, end, text, what) if words is None else _on_words(start, end, words, what)
    _check(raw.get("text"), text[slice(*found)], what)
    return found, _kind(raw.get("label", raw.get("type")), what)


def _relations(
    raw: list[Any], spans: list[Any], entities: Sequence[tuple[Offsets, str]]
) -> dict[tuple[Offsets, Offsets], str]:
    """Label of each related pair, by where its two stand."""
    by_id = {one["id"]: place for place, one in enumerate(spans) if isinstance(one.get("id"), (int, str))}
    found: dict[tuple[Offsets, Offsets], str] = {}
    for number, one in enumerate(raw, 1):
        what = f"relation {number}"
        if not isinstance(one, dict):
            raise BadLine(f'{what} is {shown(one)}: expected {{"head": …, "tail": …, "label": …}}')
        head = entities[_end(one, ("head", "from_id"), "head_span", by_id, entities, what)][0]
        tail = entities[_end(one, ("tail", "child", "to_id"), "child_span", by_id, entities, what)][0]
        label = _label(one.get("label", one.get("type")), f"the label of {what}")
        if head == tail:
            raise BadLine(f"{what} goes from a stretch of text to itself: a relation needs two")
        if (other := found.setdefault((head, tail), label)) != label:
            raise BadLine(
                f"{what} is {shown(label)} where its head and tail are {shown(other)} already: keep one of them"
            )
    return found


def _end(
    relation: dict[str, Any],
    keys: Sequence[str],
    own: str,
    by_id: dict[int | str, int],
    entities: Sequence[tuple[Offsets, str]],
    what: str,
) -> int:
    """Which entity a relation points to: by its offsets (Prodigy), its id, or its place in the list from 0."""
    span = relation.get(own)
    if isinstance(span, dict):
        for place, (offsets, _) in enumerate(entities):
            if offsets == (span.get("start"), span.get("end")):
                return place
        raise BadLine(f"the {own} of {what} is none of the {len(entities)} spans: list it there")
    key = next((key for key in keys if key in relation), keys[0])
    pointer = relation.get(key)
    if isinstance(pointer, (int, str)) and not isinstance(pointer, bool):
        if by_id:
            if pointer in by_id:
                return by_id[pointer]
        elif isinstance(pointer, int) and 0 <= pointer < len(entities):
            return pointer
    expected = "the id of a span" if by_id else f"the place of a span, from 0 to {len(entities) - 1}"
    raise BadLine(f'"{key}" of {what} is {shown(pointer)}: expected {expected}')
