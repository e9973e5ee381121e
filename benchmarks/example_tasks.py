"""Measure the example corpora of relations and of classes, as `example_corpus.py` does that of names.

    python benchmarks/example_tasks.py [--task relation|classification] [--json] [--train] [--seeds 1 2 3]

Counts items, labels, frames and names that two files share, word trigrams of one file that another has too, and what
a bag of words (logistic regression) learns from 50 and 200 items, which shows whether single words give the labels
away. `--train` adds a MiniLM student's F1 on test from a random first round and from the whole pool (minutes a seed).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from pathlib import Path
from statistics import fmean

from llmaaa_tui.core.copies import CopyFinder
from llmaaa_tui.core.document import NOTHING, Document, Record
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.seeds import generator
from llmaaa_tui.core.split import split_gold
from llmaaa_tui.core.states import Role
from llmaaa_tui.formats import tasks as formats
from llmaaa_tui.resources import data_root

TASKS = {"relation": "no_relation", "classification": None}
"""Each with its negative label."""
FILES = ("pool", "gold", "test")
SEEDS = (1, 2, 3, 4, 5)
BAGS = (50, 200)
FIRST_ROUND = 50
STUDENT = {"learning_rate": 1e-4, "head_learning_rate": 1e-3, "epochs": 15, "patience": 3}


@dataclass(frozen=True)
class Structure:
    """What can be counted without training.

    Attributes:
        items, texts, labels: how many a file has, of each label.
        shared_frames: texts of one file, names of a pair taken out, that are copies or near copies of another
            file's (80 % of their word trigrams).
        shared_names: words of one file's names that another file's names have; words of the patterns aside.
        shared_trigrams: share of the word trigrams of test (names taken out) that pool or gold have as well.
    """

    items: dict[str, int]
    texts: dict[str, int]
    labels: dict[str, dict[str, int]]
    shared_frames: list[str]
    shared_names: list[str]
    shared_trigrams: float


def read(task: str, name: str) -> list[Record]:
    """The items of `pool`, `gold` or `test`."""
    return formats.of(task).read(data_root() / "example" / task / f"{name}.jsonl").records


def label(record: Record) -> str:
    """What its file says of an item."""
    return (record.gold or NOTHING).classes[0]


def label_set(task: str) -> LabelSet:
    """The labels of the corpus as gold counts them."""
    return LabelSet.of(tuple(sorted({label(record) for record in read(task, "gold")})), negative=TASKS[task])


def parts(document: Document) -> list[tuple[int, int, str]]:
    """Head and tail of an item in text order, with their types; none where it has no pair."""
    pair = document.pair
    return sorted([(*pair.head, pair.head_type), (*pair.tail, pair.tail_type)]) if pair else []


def frames(records: Sequence[Record]) -> list[str]:
    """Each text once, with a placeholder for every name that some item of it asks about."""
    names: dict[str, set[tuple[int, int, str]]] = defaultdict(set)
    for record in records:
        names[record.document.text].update(parts(record.document))
    return [_without(text, found) for text, found in names.items()]


def _without(text: str, names: set[tuple[int, int, str]]) -> str:
    for start, end, kind in sorted(names, reverse=True):
        text = f"{text[:start]}slot{kind}{text[end:]}"
    return text


def trigrams(text: str) -> set[tuple[str, ...]]:
    """Neighbouring words by threes."""
    words = re.findall(r"\w+", text.lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def _names(records: Sequence[Record]) -> set[str]:
    return {
        word
        for record in records
        for start, end, _ in parts(record.document)
        for word in re.findall(r"\w{3,}", record.document.text[start:end])
    }


def pattern_words() -> set[str]:
    """Words that belong to the patterns (`College`, `Harbour Board`) and to no name."""
    source = (data_root() / "example" / "relation" / "source" / "patterns.txt").read_text(encoding="utf-8")
    return set(re.findall(r"\w{3,}", re.sub(r"<\w+>", " ", source))) | {"the", "and", "The"}


def structure(task: str) -> Structure:
    """Count items, labels, and what two files share."""
    corpus = {name: read(task, name) for name in FILES}
    bare = {name: frames(records) for name, records in corpus.items()}
    names = {name: _names(records) - pattern_words() for name, records in corpus.items()}
    shared_frames, shared_names = [], set()
    for one, other in permutations(FILES, 2):
        finder = CopyFinder()
        for frame in bare[other]:
            finder.add(frame, Role.POOL)
        shared_frames += [f"{one}, {other}: {frame}" for frame in bare[one] if finder.find(frame)]
        shared_names |= {f"{one}, {other}: {word}" for word in names[one] & names[other]}
    known = {three for name in ("pool", "gold") for frame in bare[name] for three in trigrams(frame)}
    return Structure(
        items={name: len(records) for name, records in corpus.items()},
        texts={name: len(found) for name, found in bare.items()},
        labels={name: dict(Counter(map(label, records)).most_common()) for name, records in corpus.items()},
        shared_frames=sorted(set(shared_frames)),
        shared_names=sorted(shared_names),
        shared_trigrams=fmean(three in known for frame in bare["test"] for three in trigrams(frame)),
    )


def bag(record: Record) -> str:
    """An item as a bag of words sees it: of a pair the types of head and tail, which comes first, and the words."""
    document = record.document
    pair = document.pair
    if pair is None:
        return document.text
    first = "headfirst" if pair.head < pair.tail else "tailfirst"
    kinds = f"head{pair.head_type} tail{pair.tail_type} {pair.head_type}{pair.tail_type}{first}"
    return f"{_without(document.text, set(parts(document)))} {kinds}"


def bags(task: str, size: int, seed: int) -> tuple[float, float]:
    """Accuracy and F1 (micro, without the negative label) on test of logistic regression on `size` pool items."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.pipeline import make_pipeline

    pool, test = read(task, "pool"), read(task, "test")
    learnt = generator(seed, 1, "bag of words").sample(pool, min(size, len(pool)))
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10, max_iter=1000))
    model.fit([bag(record) for record in learnt], [label(record) for record in learnt])
    said = list(model.predict([bag(record) for record in test]))
    gold = [label(record) for record in test]
    positive = [name for name in sorted(set(gold)) if name != TASKS[task]]
    accuracy = fmean(one == other for one, other in zip(gold, said, strict=True))
    return accuracy, float(f1_score(gold, said, labels=positive, average="micro", zero_division=0))


def majority(task: str) -> float:
    """Accuracy on test of always saying the pool's most frequent label."""
    most = Counter(map(label, read(task, "pool"))).most_common(1)[0][0]
    return fmean(label(record) == most for record in read(task, "test"))


def student(task: str, learnt: Sequence[Record], seed: int) -> tuple[float, float]:
    """Accuracy and F1 on test of the embedded student, trained on these items with the gold file's dev part."""
    from llmaaa_tui.evaluation import tasks as evaluations
    from llmaaa_tui.student import tasks as students
    from llmaaa_tui.student.examples import Example
    from llmaaa_tui.student.predict import predict
    from llmaaa_tui.student.settings import StudentSettings
    from llmaaa_tui.student.train import train

    known, labels = students.of(task), label_set(task)
    settings = StudentSettings(device="cpu", threads=1, **STUDENT)  # type: ignore[arg-type]

    def examples(records: Sequence[Record]) -> Iterator[Example]:
        for record in records:
            targets = known.targets(record.document, record.gold or NOTHING, labels)
            yield Example(known.text(record.document), targets)

    dev, test = split_gold(read(task, "gold"), seed)[Role.DEV], read(task, "test")
    documents = [record.document for record in test]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "student"
        train(
            settings, task, labels, list(examples(learnt)), list(examples(dev)), place, seed,
            lambda _: None, lambda: False,
        )  # fmt: skip
        targets = predict(settings, place, [known.text(document) for document in documents]).targets
    said = [
        known.answer(document, target, None, labels).labels for document, target in zip(documents, targets, strict=True)
    ]
    gold = [record.gold or NOTHING for record in test]
    found = evaluations.of(task).evaluate(gold, said, documents, labels, seed=seed)
    accuracy = fmean(one == other for one, other in zip(gold, said, strict=True))
    return accuracy, found.overall.f1


def measured(task: str, seeds: Sequence[int], *, train: bool) -> dict[str, list[tuple[float, float]]]:
    """(accuracy, F1) on test of every learner, one a seed."""
    pool = read(task, "pool")
    found = {f"bag of {size}": [bags(task, size, seed) for seed in seeds] for size in (*BAGS, len(pool))}
    if train:
        rounds = [generator(seed, 1, "example corpus").sample(pool, FIRST_ROUND) for seed in seeds]
        found[f"student, {FIRST_ROUND}"] = [student(task, some, seed) for some, seed in zip(rounds, seeds, strict=True)]
        found[f"student, {len(pool)}"] = [student(task, pool, seed) for seed in seeds]
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the example corpora of relations and classes.")
    parser.add_argument("--task", choices=TASKS, action="append", help="one of them; else both")
    parser.add_argument("--json", action="store_true", help="one JSON object a task")
    parser.add_argument("--train", action="store_true", help="train students as well")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    arguments = parser.parse_args()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for task in arguments.task or TASKS:
        counted, found = structure(task), measured(task, arguments.seeds, train=arguments.train)
        if arguments.json:
            print(json.dumps({"task": task} | asdict(counted) | {"seeds": arguments.seeds, "test": found}, indent=2))
            continue
        print(task)
        for name in FILES:
            shares = ", ".join(f"{name} {count}" for name, count in counted.labels[name].items())
            print(f"  {name:5} {counted.items[name]:4} items of {counted.texts[name]:4} texts: {shares}")
        print(f"  shared by two files: {len(counted.shared_frames)} frames, {len(counted.shared_names)} names")
        print(f"  word trigrams of test that pool or gold have: {counted.shared_trigrams:.1%}")
        print(f"  {'most frequent label':20} accuracy {majority(task):.2f} (n = {counted.items['test']})")
        for learner, scores in found.items():
            accuracy, f1 = (fmean(column) for column in zip(*scores, strict=True))
            low, high = min(scores)[0], max(scores)[0]
            print(f"  {learner:20} accuracy {accuracy:.2f} ({low:.2f} to {high:.2f}), F1 {f1:.2f}")


if __name__ == "__main__":
    main()
