"""Measure the example corpus: what its sentences are made of, and how hard it is for a MiniLM student.

    python benchmarks/example_corpus.py [--json] [--quick]

Five figures: frames and names that two files share, span F1 on test of a student trained on the whole pool's gold,
how far below it a first round lies, mentions whose surface carries two types, and sentences without an entity.
Trains ten students on one thread, about 10 minutes; `--quick` trains two.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from pathlib import Path
from statistics import fmean

from llmaaa_tui.core.copies import CopyFinder
from llmaaa_tui.core.document import NOTHING, Document, Labels, Record, from_words
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.seeds import generator
from llmaaa_tui.core.snapshot import Score
from llmaaa_tui.core.split import split_gold
from llmaaa_tui.core.states import Role
from llmaaa_tui.core.tokens import to_spans, to_tags
from llmaaa_tui.resources import data_root

FILES = ("pool", "gold", "test")
LABELS = LabelSet.of(("PER", "ORG", "LOC", "DATE"))
SEEDS = (1, 2, 3, 4, 5)
FIRST_ROUND = 50
# What lets MiniLM learn from fifty sentences within half a minute on one core.
STUDENT = {"learning_rate": 1e-4, "head_learning_rate": 1e-3, "epochs": 15, "patience": 3}


@dataclass(frozen=True)
class Sentence:
    """Words and their IOB2 tags, as a file gives them."""

    words: tuple[str, ...]
    tags: tuple[str, ...]

    def mentions(self) -> list[tuple[str, str]]:
        """(surface, label) of each mention, in order."""
        text, offsets = from_words(list(self.words))
        return [(text[span.start : span.end], span.label) for span in to_spans(self.tags, offsets)]

    def frame(self) -> str:
        """The sentence with a placeholder for each mention: what is left of it is the writer's, not the names'."""
        kept = []
        for word, tag in zip(self.words, self.tags, strict=True):
            if not tag.startswith("I-"):
                kept.append("slot" + tag[2:] if tag.startswith("B-") else word)
        return " ".join(kept)


@dataclass(frozen=True)
class Structure:
    """What can be counted without training.

    Attributes:
        sentences, frames: how many of each a file has.
        shared_frames: frames of one file that are copies or near copies of another file's (80 % of their trigrams).
        shared_names: name words of one file that occur in a mention of another; words of the patterns aside.
        two_types: share of a file's mentions whose surface has more than one type in that file.
        without_entity: share of a file's sentences without a mention.
    """

    sentences: dict[str, int]
    frames: dict[str, int]
    mentions: dict[str, int]
    shared_frames: list[str]
    shared_names: list[str]
    two_types: dict[str, float]
    without_entity: dict[str, float]


def read(name: str) -> list[Sentence]:
    """The sentences of `pool`, `gold` or `test`."""
    with (data_root() / "example" / f"{name}.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Sentence(tuple(row["tokens"]), tuple(row["tags"])) for row in rows]


def pattern_words() -> set[str]:
    """Words that belong to the patterns (`University`, `Bank`, initials) and not to a name."""
    source = data_root() / "example" / "source"
    patterns = re.sub(r"<\w+\*?>", " ", (source / "patterns.txt").read_text(encoding="utf-8"))
    shared = (source / "shared.txt").read_text(encoding="utf-8")
    return set(re.findall(r"'s|[\w.&]+", patterns + shared))


def structure() -> Structure:
    """Count frames, names, surfaces with two types and sentences without an entity."""
    corpus = {name: read(name) for name in FILES}
    mentions = {name: [mention for line in lines for mention in line.mentions()] for name, lines in corpus.items()}
    frames = {name: sorted({line.frame() for line in lines}) for name, lines in corpus.items()}
    common = pattern_words() | {f"{initial}." for initial in pattern_words()}
    words = {name: {word for surface, _ in found for word in surface.split()} for name, found in mentions.items()}
    names = {
        name: {word for surface, label in found if label != "DATE" for word in surface.split()} - common
        for name, found in mentions.items()
    }
    shared_frames, shared_names = [], set()
    for one, other in permutations(FILES, 2):
        finder = CopyFinder()
        for frame in frames[other]:
            finder.add(frame, Role.POOL)
        shared_frames += [f"{one}, {other}: {frame}" for frame in frames[one] if finder.find(frame)]
        shared_names |= {f"{one}, {other}: {word}" for word in names[one] & words[other]}
    return Structure(
        sentences={name: len(lines) for name, lines in corpus.items()},
        frames={name: len(found) for name, found in frames.items()},
        mentions={name: len(found) for name, found in mentions.items()},
        shared_frames=shared_frames,
        shared_names=sorted(shared_names),
        two_types={name: _two_types(found) for name, found in mentions.items()},
        without_entity={name: fmean(not line.mentions() for line in lines) for name, lines in corpus.items()},
    )


def _two_types(mentions: Sequence[tuple[str, str]]) -> float:
    types: dict[str, set[str]] = defaultdict(set)
    for surface, label in mentions:
        types[surface].add(label)
    return fmean(len(types[surface]) > 1 for surface, _ in mentions)


def development(gold: Sequence[Sentence], seed: int) -> list[Sentence]:
    """The dev part of the gold file, as a project in strict mode splits it."""
    records = []
    for line in gold:
        text, offsets = from_words(list(line.words))
        records.append(Record(Document(text, offsets), Labels(to_spans(line.tags, offsets))))
    return [
        Sentence(tuple(document.text.split()), tuple(to_tags((record.gold or NOTHING).spans, document.tokens or ())))
        for record in split_gold(records, seed)[Role.DEV]
        for document in [record.document]
    ]


def test_f1(examples: Iterable[Sentence], seed: int) -> Score:
    """Train the embedded student on these sentences and score it on test."""
    from llmaaa_tui.evaluation.bootstrap import score
    from llmaaa_tui.student.examples import Example, Text
    from llmaaa_tui.student.predict import predict
    from llmaaa_tui.student.settings import StudentSettings
    from llmaaa_tui.student.train import train

    settings = StudentSettings(device="cpu", threads=1, **STUDENT)  # type: ignore[arg-type]
    dev = [Example(Text(line.words), line.tags) for line in development(read("gold"), seed)]
    test = read("test")
    with tempfile.TemporaryDirectory() as folder:
        student = Path(folder) / "student"
        learnt = [Example(Text(line.words), line.tags) for line in examples]
        train(settings, "ner", LABELS, learnt, dev, student, seed, lambda _: None, lambda: False)
        said = predict(settings, student, [Text(line.words) for line in test])
    return score([line.tags for line in test], said.targets, seed)


def trained(seeds: Sequence[int]) -> dict[str, list[Score]]:
    """Scores on test, one a seed: of the whole pool's gold and of a random first round's gold."""
    pool = read("pool")
    return {
        "full_gold": [test_f1(pool, seed) for seed in seeds],
        "first_round": [
            test_f1(generator(seed, 1, "example corpus").sample(pool, FIRST_ROUND), seed) for seed in seeds
        ],
    }


def main() -> None:
    """Print the five figures."""
    parser = argparse.ArgumentParser(description="Measure the example corpus.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quick", action="store_true", help="one seed instead of five")
    arguments = parser.parse_args()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    seeds = SEEDS[:1] if arguments.quick else SEEDS
    counted, scores = structure(), trained(seeds)
    means = {name: fmean(score.f1 for score in found) for name, found in scores.items()}
    gap = means["full_gold"] - means["first_round"]
    if arguments.json:
        rows = {name: [asdict(score) for score in found] for name, found in scores.items()}
        print(json.dumps(asdict(counted) | {"seeds": seeds, "student": STUDENT} | rows | {"gap": gap}, indent=2))
        return
    for name in FILES:
        print(
            f"{name:5} {counted.sentences[name]:4} sentences  {counted.frames[name]:4} frames  "
            f"{counted.mentions[name]:5} mentions, {counted.two_types[name]:.1%} of a surface with two types  "
            f"{counted.without_entity[name]:.1%} of sentences without an entity"
        )
    print(f"shared by two files: {len(counted.shared_frames)} frames, {len(counted.shared_names)} names")
    for name, found in scores.items():
        shown = ", ".join(f"{score.f1:.3f} [{score.low:.3f}, {score.high:.3f}]" for score in found)
        print(f"{name:11} test F1 (n = {found[0].n}): {shown}; mean {means[name]:.3f}")
    print(f"the first round lies {gap:.3f} below")


if __name__ == "__main__":
    main()
