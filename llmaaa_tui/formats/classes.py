"""The labels of a whole text in JSON: one name, a list of names, or an object that says of each whether it holds."""

from __future__ import annotations

from typing import Any, Final

from ..core.document import Labels, Record
from ..core.tasks import MULTILABEL
from .drafts import is_label
from .json_rows import document_of, list_of, text_of
from .lines import BadLine, shown
from .places import place

EXAMPLE = '{"text": "…", "label": "…"} or {"text": "…", "labels": ["…"]}'
_KEYS: Final = ("label", "labels", "cats", "accept")


def record_of(source: dict[str, Any], file: str, line: int, *, several: bool) -> Record:
    """The text of a line with its labels.

    Args:
        several: a text may have any number of labels, `[]` says that it has none; else it has exactly one, and `[]`,
            which doccano writes where nobody labelled, is no gold.

    Raises:
        BadLine: there is no text, or its labels are none.
    """
    rest = {key: value for key, value in source.items() if value is not None}
    given, tokens = text_of(rest.pop("text", None)), list_of(rest.pop("tokens", None), "tokens") or []
    if given is None and not tokens:
        keys = ", ".join(map(shown, list(source)[:6])) or "nothing"
        raise BadLine(f'no "text" and no tokens (found {keys}): expected {EXAMPLE}')
    text, offsets, _ = place(tokens, given, rest, on_tokens=False)
    order = ("labels", "label", *_KEYS[2:]) if several else _KEYS
    key = next((key for key in order if key in rest), None)
    gold = None if key is None else gold_of(names_of(rest.pop(key), key), several=several)
    if rest.get("answer") in ("reject", "ignore"):  # Prodigy: nobody says that these labels are right
        gold = None
    return Record(document_of(rest, text, offsets, file, line), gold)


def gold_of(names: list[str], *, several: bool) -> Labels | None:
    """What these names say of a text, each once.

    Raises:
        BadLine: one is no label, or there are several where a text has one.
    """
    for name in names:
        if not is_label(name):
            raise BadLine(f"{shown(name)} is no label: expected a name without blanks around it")
    names = list(dict.fromkeys(names))
    if several:
        return Labels(classes=tuple(names))
    if len(names) > 1:
        listed = ", ".join(map(shown, names[:4]))
        raise BadLine(
            f"{len(names)} labels ({listed}): this task takes one label a text; "
            f"where a text may have several, say --task {MULTILABEL.name}"
        )
    return Labels(classes=tuple(names)) if names else None


def names_of(value: object, key: str) -> list[str]:
    """The names that a value of JSON gives.

    Raises:
        BadLine: it gives none; a number is the place of a name in a list that the file does not have.
    """
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    if isinstance(value, dict) and all(said in (0, 1) for said in value.values()):
        return [name for name, said in value.items() if said]
    if isinstance(value, int):
        raise BadLine(f'"{key}" is the number {value}: write the name of the label for each number')
    raise BadLine(f'"{key}" is {shown(value)}: expected a name, a list of names, or {{"name": 0 or 1}}')
