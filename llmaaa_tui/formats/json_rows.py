"""Objects of a JSON file, one a line or in a list, and what every task's line may say beside its labels.

Keys that say nothing about text, tokens or labels become the document's metadata; those of a `meta` object
(Prodigy's place for them) are lifted to the same level unless a name would then stand twice. `"never_send": true`,
there or inside `meta` or `metadata`, keeps a text for people alone.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ..core.document import Document, Offsets, Pair
from ..errors import InputError
from .lines import BadLine, shown

_NEVER_SEND: Final = "never_send"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_BLANKS = re.compile(r"[ \t\n\r]*")


# JSON itself knows neither NaN nor Infinity, and the store keeps metadata as JSON.
def _finite(literal: str) -> float:
    value = float(literal)
    if not math.isfinite(value):
        raise ValueError(f"{literal[:20]} is not a JSON number")
    return value


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_finite)


def is_object(line: str) -> bool:
    """Whether a line is one JSON object."""
    try:
        return isinstance(_DECODER.decode(line.strip()), dict)
    except (ValueError, RecursionError):
        return False


def objects(file: str, lines: Sequence[str], example: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line and object, one object a line; blank lines are skipped.

    Raises:
        InputError: a line is not one JSON object; shows `example` as what would be right.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, _decode(line, example)
            except BadLine as bad:
                raise InputError(file, number, str(bad)) from None


def listed(file: str, lines: Sequence[str], example: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """First line and object of every object in the one JSON list that the file is.

    Raises:
        InputError: the file is not a list of JSON objects; shows `example` as what would be right.
    """
    text = "\n".join(lines)
    position = _after_blanks(text, _after_blanks(text, 0) + 1)
    number, counted = 1, 0
    while not text.startswith("]", position):
        number, counted = number + text.count("\n", counted, position), position
        try:
            found, end = _DECODER.raw_decode(text, position)
            yield number, _as_object(found, text[position:end], example)
        except json.JSONDecodeError as error:
            raise InputError(
                file, error.lineno, f"not JSON: {error.msg.removesuffix(' at')} at column {error.colno}"
            ) from None
        except (ValueError, RecursionError) as error:
            raise InputError(file, number, f"not JSON that can be kept: {error}") from None
        except BadLine as bad:
            raise InputError(file, number, str(bad)) from None
        position = _after_blanks(text, end)
        if text.startswith(",", position):
            position = _after_blanks(text, position + 1)
        elif not text.startswith("]", position):
            where = number + text.count("\n", counted, position)
            raise InputError(file, where, "not JSON: expected a comma or the closing ] of the list here")
    if _after_blanks(text, position + 1) < len(text):
        raise InputError(file, len(lines), "there is something after the closing ] of the list: one list is expected")


def _after_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found else position


def _decode(line: str, example: str) -> dict[str, Any]:
    try:
        source = _DECODER.decode(line.strip())
    except json.JSONDecodeError as error:
        where = f"{error.msg} at column {error.colno}"
        hint = " (`jq -c '.[]' FILE` makes JSONL of a JSON list)" if line.startswith("[") else ""
        raise BadLine(f"not JSON: {where}; expected one whole JSON object on each line{hint}") from None
    except (ValueError, RecursionError) as error:
        raise BadLine(f"not JSON that can be kept: {error}") from None
    return _as_object(source, line, example)


def _as_object(source: object, written: str, example: str) -> dict[str, Any]:
    if not isinstance(source, dict):
        hint = " (`jq -c '.[]' FILE` makes JSONL of a JSON list)" if isinstance(source, list) else ""
        raise BadLine(f"{shown(source)} is not a JSON object: expected {example}{hint}")
    if "\\u" in written:  # the only way for half a surrogate pair into a UTF-8 file
        try:
            json.dumps(source, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise BadLine("half of a surrogate pair such as \\ud83d stands alone: write the whole character") from None
    return source


def text_of(value: object) -> str | None:
    """A line's text, None where it gives none.

    Raises:
        BadLine: it is no string, or a blank one.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadLine(f'"text" is {shown(value)}: expected a string')
    if not value.strip():
        raise BadLine('"text" is blank: leave this line out')
    return value


def list_of(value: object, key: str) -> list[Any] | None:
    """A list, None where there is none.

    Raises:
        BadLine: it is something else.
    """
    if value is None or isinstance(value, list):
        return value
    raise BadLine(f'"{key}" is {shown(value)}: expected a list')


def document_of(
    rest: dict[str, Any], text: str, offsets: tuple[Offsets, ...] | None, file: str, line: int, pair: Pair | None = None
) -> Document:
    """The document of a line whose other keys are `rest`: they give its name, language, mark and metadata.

    Raises:
        BadLine: `never_send` is neither true nor false.
    """
    name, language, never_send = _pop_name(rest), _pop_language(rest), _pop_never_send(rest)
    return Document(text, offsets, name, language, _metadata(rest), file, line, never_send, pair)


def _pop_name(rest: dict[str, Any]) -> str:
    name = rest.get("id")
    if isinstance(name, bool) or not isinstance(name, (str, int, float)):
        if name is None:
            rest.pop("id", None)
        return ""
    del rest["id"]
    return str(name)


def _pop_language(rest: dict[str, Any]) -> str | None:
    language = rest.get("language")
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        return None
    del rest["language"]
    return language


def _pop_never_send(rest: dict[str, Any]) -> bool:
    """Whether the line, its `meta` or its `metadata` says so. Nobody guesses what an odd mark might mean."""
    said = [rest.pop(_NEVER_SEND)] if _NEVER_SEND in rest else []
    for place in ("meta", "metadata"):
        inner = rest.get(place)
        if isinstance(inner, dict) and _NEVER_SEND in inner:
            said.append(inner[_NEVER_SEND])
            rest[place] = {key: value for key, value in inner.items() if key != _NEVER_SEND}
    for value in said:
        if not isinstance(value, bool):
            raise BadLine(f'"{_NEVER_SEND}" is {shown(value)}: expected true or false')
    return any(said)


def _metadata(rest: dict[str, Any]) -> dict[str, Any]:
    meta = rest.get("meta")
    if isinstance(meta, dict):
        others = {key: value for key, value in rest.items() if key != "meta"}
        if others.keys().isdisjoint(meta):
            return {**meta, **others}
    return rest
