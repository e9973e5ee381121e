"""Write the example corpora of relations and of classes, byte for byte the same each time.

    python generate_tasks.py [--out FOLDER]

Like `generate.py`, it grows them from hand-written frames, each file from frames and names of its own
(`relation/source`, `classification/source`). The notation is said in `relation/source/patterns.txt`.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from generate import entries, read_sections

SEED = 6
HERE = Path(__file__).parent
FILES = ("pool", "gold", "test")
SENTENCES = {"pool": 270, "gold": 65, "test": 85}
TEXTS = {"pool": 300, "gold": 100, "test": 100}
RELATIONS = {
    "w": "works_for",
    "f": "founded_by",
    "b": "born_in",
    "l": "located_in",
    "m": "member_of",
    "-": "no_relation",
}
CLASSES = ("connection", "ticket", "refund", "lost_item", "complaint")

_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_ENTITY = re.compile(r"\{(\d):(\w+)\}")
_SLOT = re.compile(r"\{(\w+)\}")
_NAME = re.compile(r"<(\w+)>")
_PAIR = re.compile(r"(\d)([wfblm-])(\d)")
_TRIES = 30


class Deck:
    """Words and frames, each dealt like cards so that all are used about equally."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self._left: dict[str, list[str]] = defaultdict(list)

    def deal(self, name: str, cards: list[str]) -> str:
        """The next card; a deck that is used up is shuffled anew."""
        if not self._left[name]:
            self._left[name] = self.random.sample(cards, len(cards))
        return self._left[name].pop()

    def choose(self, frame: str) -> str:
        """The frame with one of each (one|other) taken."""
        return _CHOICE.sub(lambda found: self.random.choice(found[1].split("|")), frame)


def spread(deck: Deck, frames: list[str], size: int, grow: Callable[[str], Any]) -> Iterator[Any]:
    """`size` different growths of the frames, every frame once before any is used again."""
    seen: set[str] = set()
    while len(seen) < size:
        frame = deck.deal("frames", frames)
        for _ in range(_TRIES):
            grown = grow(frame)
            if str(grown) not in seen:
                seen.add(str(grown))
                yield grown
                break


class Relations:
    """The sentences of one file, with their pairs."""

    def __init__(self, name: str, seed: int) -> None:
        source = HERE / "relation" / "source"
        self.deck = Deck(f"{seed} relation {name}")
        own = read_sections(source / f"{name}.txt")
        self.frames = own.pop("frames")
        self.types: dict[str, str] = {}
        self.patterns: dict[str, list[str]] = {}
        self.words = {title: entries(lines) for title, lines in own.items()}
        for title, lines in read_sections(source / "patterns.txt").items():
            kind, _, label = title.partition(" ")
            if not label:
                self.words[kind] = entries(lines)
                continue
            self.types[kind] = label
            self.patterns[kind] = []
            for line in lines:
                times = re.match(r"(\d)\* ", line)
                self.patterns[kind] += [line[times.end() :] if times else line] * (int(times[1]) if times else 1)

    def entity(self, kind: str) -> tuple[str, str]:
        """What stands before the entity's name (a title, an article), and the name."""
        filled = self.deck.deal(f"{kind} pattern", self.patterns[kind])
        filled = _NAME.sub(lambda found: self.deck.deal(found[1], self.words[found[1]]), filled)
        before, name = filled.rstrip("]").split("[")
        return (f"{before}the ", name.removeprefix("the ")) if name.startswith("the ") else (before, name)

    def grow(self, frame: str) -> tuple[str, dict[str, tuple[int, int, str]], list[tuple[str, str, str]]]:
        """Text, (start, end, type) of each entity by its number, and the pairs with their relations."""
        sentence, _, listed = frame.partition(" => ")
        sentence = _SLOT.sub(lambda found: self.deck.deal(found[1], self.words[found[1]]), self.deck.choose(sentence))
        while True:
            places: dict[str, tuple[int, int, str]] = {}
            names: dict[str, str] = {}
            text, end = "", 0
            for found in _ENTITY.finditer(sentence):
                number, kind = found.groups()
                text, end = text + sentence[end : found.start()], found.end()
                if number in names:
                    text += names[number].split()[-1]
                    continue
                before, names[number] = self.entity(kind)
                text += before
                places[number] = (len(text), len(text) + len(names[number]), self.types[kind])
                text += names[number]
            text += sentence[end:]
            words = [word for name in names.values() for word in set(name.split()) if len(word) > 3]
            if len(words) == len(set(words)):
                return text[0].upper() + text[1:], places, _PAIR.findall(listed)

    def rows(self, name: str) -> Iterator[dict[str, object]]:
        """One object for each pair."""
        grown = spread(self.deck, self.frames, SENTENCES[name], self.grow)
        for number, (text, places, pairs) in enumerate(grown, 1):
            for count, (head, code, tail) in enumerate(pairs, 1):
                parts = {}
                for part, (start, end, label) in (("head", places[head]), ("tail", places[tail])):
                    parts[part] = {"start": start, "end": end, "text": text[start:end], "type": label}
                yield {"id": f"{name}-{number:04d}-{count}", "text": text, **parts, "label": RELATIONS[code]}


class Requests:
    """The texts of one file, each with its class."""

    def __init__(self, name: str, seed: int) -> None:
        source = HERE / "classification" / "source"
        self.deck = Deck(f"{seed} classification {name}")
        own = read_sections(source / f"{name}.txt")
        self.frames = [f"{label} => {frame}" for label in CLASSES for frame in own.pop(label)]
        self.words = {title: entries(lines) for title, lines in (own | read_sections(source / "shared.txt")).items()}

    def grow(self, frame: str) -> tuple[str, str]:
        """Text and class."""
        label, _, text = frame.partition(" => ")
        text = _SLOT.sub(lambda found: self.deck.deal(found[1], self.words[found[1]]), self.deck.choose(text))
        text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)
        return re.sub(r"(^|[.?!] )([a-z])", lambda found: found[1] + found[2].upper(), text), label

    def rows(self, name: str) -> Iterator[dict[str, object]]:
        """One object for each text."""
        for number, (text, label) in enumerate(spread(self.deck, self.frames, TEXTS[name], self.grow), 1):
            yield {"id": f"{name}-{number:04d}", "text": text, "label": label}


def corpus(task: str, name: str, seed: int = SEED) -> str:
    """The JSONL text of one file of `relation` or `classification`."""
    maker = Relations(name, seed) if task == "relation" else Requests(name, seed)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in maker.rows(name))


def main() -> None:
    """Write the six files."""
    parser = argparse.ArgumentParser(description="Write the example corpora of relations and of classes.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write into")
    out: Path = parser.parse_args().out
    for task in ("relation", "classification"):
        (out / task).mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (out / task / f"{name}.jsonl").write_text(corpus(task, name), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
