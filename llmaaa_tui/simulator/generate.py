"""The simulator writes sentences: a small grammar of its own words, with the profile's errors in the names it lists.

What a request asks is read from its words alone: the labels of the system message, and `Batch 7: write 5 new
sentences` of the user's. Nothing is taken from gold. The errors are those measured when models labelled given
sentences; nobody has measured those of models that label what they write.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.document import Document, Span
from ..core.seeds import generator
from .errors_model import Sentence
from .formats import COMPACT, Item, members
from .wire import Question

FORM = "sentences"
_ASKED = re.compile(rf"^Answer format: {FORM}\b", re.MULTILINE)
_LABELS = re.compile(r"^Labels:\n((?:- .+\n?)+)", re.MULTILINE)
_BATCH = re.compile(r"^Batch (\d+): write ([1-9]\d*) new sentences\b", re.MULTILINE)
_MOST = 200
_SLOT = re.compile(r"\{(\w+)\}")

PERSON, PLACE, GROUP, TIME, OTHER = "person", "place", "group", "time", "other"
_KINDS = (
    (PERSON, ("person", "people", "author", "politician", "artist", "scientist")),
    (PLACE, ("location", "place", "geopolitical", "city", "country", "facility", "address")),
    (GROUP, ("organi", "company", "corporation", "group", "team", "party", "agency", "university")),
    (TIME, ("date", "time", "year", "month")),
)
_STARTS = (
    "Bel",
    "Cor",
    "Dam",
    "Far",
    "Gol",
    "Hes",
    "Jor",
    "Kel",
    "Lan",
    "Mar",
    "Nor",
    "Os",
    "Pel",
    "Ren",
    "Sol",
    "Tam",
)
_ENDS = ("ane", "bert", "dor", "eva", "ford", "gard", "ino", "kov", "lund", "mere", "nik", "ona", "ric", "stad", "tis")
_FIRST = ("Aline", "Bram", "Cilla", "Dorin", "Edda", "Femi", "Gero", "Hilde", "Ivo", "Jana", "Kofi", "Lotte", "Milo")
_MONTHS = ("January", "March", "April", "June", "August", "September", "November")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_GROUPS = ("{} Motors", "{} Union", "Bank of {}", "{} Institute", "Radio {}", "{} and Sons", "{} United")
_WORKS = ("The Road to {}", "{} Nights", "the {} Prize", "{} One", "the {} Cup", "Saint {}")
_FILLERS: Mapping[str, tuple[str, ...]] = {
    "thing": (
        "a bridge",
        "the harvest",
        "a tax on salt",
        "new schools",
        "the old harbour",
        "a long strike",
        "cheap rice",
    ),
    "deed": ("praised", "questioned", "welcomed", "delayed", "refused to discuss", "wrote about", "paid for"),
    "who": ("farmers", "two witnesses", "the mayor", "many nurses", "a judge", "fishermen", "young voters"),
    "when": ("at dawn", "after the rain", "last winter", "during the talks", "without warning", "for a week"),
    "how": ("quietly", "again", "with little hope", "in a hurry", "against all advice", "almost by chance"),
}
_FRAMES = (
    "{person} {deed} {thing} in {place} {when} .",
    "{who} from {place} {deed} {thing} {how} .",
    "{group} {deed} {thing} {when} , said {person} .",
    "When {person} left {group} , {who} {deed} {thing} {how} .",
    "In {place} , {group} will sell {thing} {how} .",
    "{person} and {person} met {who} near {place} {when} .",
    "Nobody in {place} knew why {group} {deed} {thing} .",
    "Born in {place} , {person} taught at {group} until {time} .",
    "On {time} {who} {deed} {thing} {how} in {place} .",
    "{group} lost {thing} to {group} on {time} , {who} said {when} .",
    "By {time} , {person} had {deed} {thing} {how} .",
    "{who} {deed} {thing} {when} , and {who} did so {how} .",
    "It was {when} that {who} first {deed} {thing} .",
    "Asked about {thing} , {who} laughed {how} {when} .",
)
_OTHER_FRAMES = (
    "{person} {deed} {other} in {place} {when} .",
    "{who} {deed} {other} {how} , not {thing} .",
    "{other} was shown to {who} by {group} {when} .",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks to be written: so many sentences, for labels each with its words."""

    batch: int
    count: int
    labels: tuple[tuple[str, str], ...]


def wanted(question: Question) -> Wanted | None:
    """What a question asks to be written; None where it asks about given sentences."""
    labels, batch = _LABELS.search(question.instructions), _BATCH.search(question.user)
    if not _ASKED.search(question.instructions) or labels is None or batch is None:
        return None
    named = [line[2:].partition(": ") for line in labels[1].splitlines()]
    return Wanted(
        int(batch[1]), min(_MOST, int(batch[2])), tuple((name, words or name.lower()) for name, _, words in named)
    )


def write(asked: Wanted, seed: int, sample: int) -> list[Sentence]:
    """Sentences with their true names; the same request gives the same ones on every machine."""
    kinds = _by_kind(asked.labels)
    frames = (*_FRAMES, *_OTHER_FRAMES) if OTHER in kinds else _FRAMES
    return [
        _sentence(generator(seed, sample, "simulator writes", f"{asked.batch} {number}"), frames, kinds)
        for number in range(asked.count)
    ]


def said(items: Sequence[Item]) -> list[tuple[str, Any]]:
    """The members of the answer: each sentence with its names as they came out."""
    names = members(COMPACT, items)
    return [
        (key, {"text": item.sentence.text, "names": listed}) for item, (key, listed) in zip(items, names, strict=True)
    ]


def _by_kind(labels: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Labels by the kind of name that the grammar makes for them."""
    found: dict[str, list[str]] = {}
    for name, words in labels:
        kind = next((kind for kind, parts in _KINDS if any(part in words.lower() for part in parts)), OTHER)
        found.setdefault(kind, []).append(name)
    return found


def _sentence(rng: random.Random, frames: Sequence[str], kinds: Mapping[str, Sequence[str]]) -> Sentence:
    text, spans, at = "", list[Span](), 0
    frame = rng.choice(frames)
    for slot in _SLOT.finditer(frame):
        text += frame[at : slot.start()]
        at = slot.end()
        words = _name(rng, slot[1]) if slot[1] not in _FILLERS else rng.choice(_FILLERS[slot[1]])
        words = words if text else words[0].upper() + words[1:]
        if slot[1] in kinds:
            spans.append(Span(len(text), len(text) + len(words), rng.choice(kinds[slot[1]])))
        text += words
    return Sentence(Document(text + frame[at:]), tuple(spans))


def _name(rng: random.Random, kind: str) -> str:
    made = rng.choice(_STARTS) + rng.choice(_ENDS)
    match kind:
        case "person":
            return f"{rng.choice(_FIRST)} {made}"
        case "place":
            return made if rng.random() < 0.7 else f"Port {made}"
        case "group":
            return rng.choice(_GROUPS).format(made)
        case "time":
            day = f"{rng.randint(1, 28)} {rng.choice(_MONTHS)} {rng.randint(1950, 2020)}"
            return rng.choice((rng.choice(_DAYS), day))
    return rng.choice(_WORKS).format(made)
