"""Sentences of a public corpus with the simulator's labels beside their gold ones, without a server in between."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from llmaaa_tui.core.document import Document, Span, from_words
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.tokens import snap, to_spans, to_tags
from llmaaa_tui.simulator.errors_model import Labels, Sentence, answer
from llmaaa_tui.simulator.table import load, measured_labels
from llmaaa_tui.student.examples import Example, Text

EXAMPLE = "example"


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw from a corpus; the same seed gives the same sentences whatever the annotator.

    Args:
        labels: of the corpus.
        noisy: the sentences to learn from, as the simulated annotator labelled them.
        right: whether its labels of each are exactly the gold ones.
        meta: gold sentences to reweight by.
        dev: gold sentences for early stopping.
        test: gold sentences to measure on.
        name: of the corpus.
    """

    labels: LabelSet
    noisy: tuple[Example, ...]
    right: tuple[bool, ...]
    meta: tuple[Example, ...]
    dev: tuple[Example, ...]
    test: tuple[Example, ...]
    name: str


def data_folder() -> Path | None:
    """Where the public NER corpora lie: LLMAAA_TEST_DATA, else ../shared/data beside the checkout; None without."""
    folder = Path(os.environ.get("LLMAAA_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")) / "ner"
    return folder if folder.is_dir() else None


def draw(
    corpus: str, profile: str, seed: int, *, learn: int, meta: int, dev: int = 0, test: int = 0, answers: int = 1
) -> Draw:
    """Draw disjoint sets from a corpus, or from the shipped example where the public ones are not here.

    Args:
        corpus: the folder's name among the public corpora, or "example".
        profile: of the simulator: "exact", "gpt-4-turbo", "llama-2-70b".
        seed: of the draw and of the annotator.
        learn: sentences to learn from; meta, dev and test likewise.
        answers: how often the annotator is asked; the first answer is the label, all are kept where there are more.
    """
    folder = data_folder()
    name = corpus if folder is not None and corpus != EXAMPLE else EXAMPLE
    if folder is not None and name != EXAMPLE:
        files = {split: folder / name / f"{split}.jsonl" for split in ("train", "dev", "test")}
    else:
        shipped = Path(__file__).parents[1] / EXAMPLE
        files = {"train": shipped / "pool.jsonl", "dev": shipped / "gold.jsonl", "test": shipped / "test.jsonl"}
    pools = {split: _rows(file) for split, file in files.items()}
    for split, pool in pools.items():
        Random(f"{seed} {split}").shuffle(pool)
    kept = pools["train"][:learn]
    counts: dict[str, int] = {}
    for sentence in (one for pool in pools.values() for one in pool):
        for span in sentence.spans:
            counts[span.label] = counts.get(span.label, 0) + 1
    table, labels = load(profile), Labels(counts, measured_labels())
    noisy, right = [], []
    for sentence in kept:
        said = [_tags(sentence, answer(table, labels, sentence, seed, sample).spans) for sample in range(answers)]
        noisy.append(Example(Text(tuple(sentence.word_texts)), said[0], answers=tuple(said) if answers > 1 else ()))
        right.append(said[0] == _tags(sentence, sentence.spans))
    gold = [_example_of(sentence) for sentence in pools["dev"][: meta + dev]]
    return Draw(
        LabelSet.of(tuple(sorted(counts))),
        tuple(noisy),
        tuple(right),
        tuple(gold[:meta]),
        tuple(gold[meta:]),
        tuple(_example_of(sentence) for sentence in pools["test"][:test]),
        name,
    )


def _rows(path: Path) -> list[Sentence]:
    sentences = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text, words = from_words(row["tokens"])
        sentences.append(Sentence(Document(text, words), to_spans(row["tags"], words)))
    return sentences


def _tags(sentence: Sentence, spans: Sequence[Span]) -> tuple[str, ...]:
    whole = [span for span in spans if snap(span, sentence.words) is not None]
    return tuple(to_tags(whole, sentence.words))


def _example_of(sentence: Sentence) -> Example:
    return Example(Text(tuple(sentence.word_texts)), _tags(sentence, sentence.spans))
