"""From the tags or spans of a whole file to records: the scheme can be told only when every line was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..core.document import Document, Labels, Record, Span
from ..core.tags import detect_scheme, split_tag, to_iob2
from ..core.tokens import to_spans
from .lines import BadLine, shown


@dataclass(frozen=True, slots=True)
class Draft:
    """One sentence as its line said it.

    Attributes:
        document: with `tokens` wherever `tags` are given.
        tags: one a token, each a known tag, in the file's own scheme; None where it has none.
        spans: gold given as spans; None where it has none.
    """

    document: Document
    tags: Sequence[str] | None = None
    spans: tuple[Span, ...] | None = None


@lru_cache(maxsize=4096)
def is_tag(tag: str) -> bool:
    """Whether it is O, or a known prefix, a hyphen and a label that is not blank."""
    try:
        _, label = split_tag(tag)
    except ValueError:
        return False
    return tag == "O" or is_label(label)


@lru_cache(maxsize=4096)
def is_label(label: str) -> bool:
    """Whether a label has signs, none of them a control character, and no blanks around it."""
    return bool(label) and label == label.strip() and not any(ord(char) < 0x20 for char in label)


def check_tag(tag: object) -> str:
    """Give the tag back.

    Raises:
        BadLine: it is not a tag of any scheme.
    """
    if isinstance(tag, str) and is_tag(tag):
        return tag
    if isinstance(tag, int):
        raise BadLine(f"the tag {shown(tag)} is a number: write the tag's name, such as B-PER, for each number")
    raise BadLine(f"{shown(tag)} is not a tag: expected O, or B-, I-, E-, S-, M-, L- or U- before a label")


def to_records(drafts: Iterable[Draft]) -> tuple[list[Record], str | None, tuple[str, ...]]:
    """Bring every sentence's gold to spans; also the scheme (None: no tags anywhere) and the labels as first seen."""
    drafts = list(drafts)
    tagged = [draft.tags for draft in drafts if draft.tags is not None]
    scheme = detect_scheme(tagged) if tagged else None
    records: list[Record] = []
    labels: dict[str, None] = {}
    for draft in drafts:
        gold = draft.spans
        if draft.tags is not None and scheme is not None:
            gold = _spans_of(draft.tags, scheme, draft.document)
        labels.update((span.label, None) for span in gold or ())
        records.append(Record(draft.document, None if gold is None else Labels(gold)))
    return records, scheme, tuple(labels)


def _spans_of(tags: Sequence[str], scheme: str, document: Document) -> tuple[Span, ...]:
    if all(tag == "O" for tag in tags):
        return ()
    return to_spans(to_iob2(tags, scheme), document.tokens or ())
