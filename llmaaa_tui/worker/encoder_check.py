"""What the chosen encoder makes of a project's texts: unknown pieces, and case and accents kept or lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from ..core.document import NOTHING, Document, Labels, Span
from ..core.states import Role
from ..core.tokens import to_tags, words_of
from ..store import items, runs
from ..store.database import Store
from ..student.diagnose import Diagnosis, diagnose

CHECKED_SENTENCES = 2000


def check_encoder(store: Store, encoder: str) -> Diagnosis:
    """See what the encoder makes of gold and of the first 2,000 pool items, and keep it in the store."""
    gold_items = [item for role in (Role.DEV, Role.DEMONSTRATION, Role.META) for item in items.items_of(store, role)]
    pool = items.items_of(store, Role.POOL)[:CHECKED_SENTENCES]
    documents = items.documents(store, [*gold_items, *pool])
    gold = items.gold_of(store, gold_items)
    words = {item: words_of(document) for item, document in documents.items()}
    inside = [
        [tag != "O" for tag in to_tags(_marked(documents[item], gold.get(item, NOTHING)), offsets)]
        for item, offsets in words.items()
    ]
    sentences = [tuple(documents[item].text[start:end] for start, end in offsets) for item, offsets in words.items()]
    found = diagnose(encoder, sentences, inside)
    report = {spec.name: getattr(found, spec.name) for spec in fields(found) if spec.name != "warning"}
    runs.write_encoder_check(store, encoder, report, found.warning)
    return found


def _marked(document: Document, gold: Labels) -> Sequence[Span]:
    """What the encoder must not lose: the spans of gold, or head and tail of the pair that is asked about."""
    pair = document.pair
    return gold.spans if pair is None else (Span(*pair.head, "head"), Span(*pair.tail, "tail"))


def in_words(encoder: str, found: Diagnosis) -> str:
    """The diagnosis as one line."""
    inside = found.unknown_share_in_entities
    entities = "" if inside is None else f", {inside:.1%} inside gold entities"
    return (
        f"encoder {encoder}: {found.unknown_share:.1%} unknown pieces{entities}, {found.pieces_per_word:.2f} sub-words "
        f"a word, case {'kept' if found.keeps_case else 'lost'}, accents {'kept' if found.keeps_accents else 'lost'}"
    )
