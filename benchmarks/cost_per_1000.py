"""What 1,000 sentences cost to annotate in this project's prompts, beside the prompt formats of the two seed papers.

    python benchmarks/cost_per_1000.py [--json] [--quick] [--data DIR]

Prompts are the real annotator's, planned from masakhaner2 test sentences in batches of 50 with demonstrations from the
first 100 of train, nearest by the embedded encoder; the answer counted is the gold one in the form asked for. Tokens
are o200k_base, those of the answer's JSON schema included, everything at the same prices (gpt-5.6-luna, full price:
the prompts are too short for a provider's cache). Three ways to ask:

  a  one sentence a request, with 5 neighbours of its own
  b  two near sentences a request, with at most 5 neighbours of both
  c  five near sentences a request, with at most 5 neighbours of all

`ratio_loop` and `ratio_llmaaa` are dollars over those of the papers' own formats: LLMs-in-the-Loop (arXiv 2404.02261, a
[word, tag] pair for every word) and LLMaAA (arXiv 2310.19596, a list of spans with types). Their tokens a sentence were
measured with o200k_base on the prompts of their repositories, mkandai/llms-in-the-loop and ridiculouz/LLMaAA.
tokens_in, tokens_out and dollars are for 1,000 sentences. Takes 20 seconds on one core; with `--quick` half.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from llmaaa_tui.acquisition.bundle import bundles
from llmaaa_tui.acquisition.contracts import Floats
from llmaaa_tui.acquisition.retrieve import Knn
from llmaaa_tui.annotators.contracts import Bundle, Demonstration, PlanItem, Rates, Request
from llmaaa_tui.annotators.formats import numbered
from llmaaa_tui.annotators.llm import LlmAnnotator
from llmaaa_tui.annotators.prices import PriceBook
from llmaaa_tui.annotators.prompt import Prompt
from llmaaa_tui.annotators.shown_json import as_json
from llmaaa_tui.annotators.tasks import answer_format
from llmaaa_tui.annotators.tokens import count, vocabulary
from llmaaa_tui.annotators.traits import traits
from llmaaa_tui.annotators.wires import WIRES
from llmaaa_tui.core.document import Document, Labels, Span, from_words
from llmaaa_tui.core.exchange import Usage
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.money import NANO
from llmaaa_tui.core.tokens import to_spans
from llmaaa_tui.student.embed import embed
from llmaaa_tui.student.settings import StudentSettings

PROVIDER, MODEL, VOCABULARY = "openai", "gpt-5.6-luna", "o200k_base"
LABELS = LabelSet.of(("PER", "ORG", "LOC", "DATE"))
LANGUAGES = {"swa": "Swahili", "zul": "Zulu", "bam": "Bambara"}
MODES = {"a": 1, "b": 2, "c": 5}
"""Sentences a request."""
K = 5
LOOP = {"swa": (1317, 202), "zul": (1236, 121), "bam": (781, 168)}
LLMAAA = {"swa": (606, 33), "zul": (546, 12), "bam": (624, 14)}
"""Tokens in and out a sentence, measured with o200k_base."""
SHOWN, BATCH = 100, 50
SENTENCES, QUICK = 300, 50

Sentence = tuple[Document, tuple[Span, ...]]


def measure(data: Path, sentences: int) -> Iterator[dict[str, Any]]:
    """A row for each language and way to ask."""
    rates = PriceBook({}).rates(PROVIDER, MODEL, False)
    for language, said in LANGUAGES.items():
        folder = data / "ner" / f"masakhaner2-{language}"
        shown, asked = _read(folder / "train.jsonl")[:SHOWN], _sample(_read(folder / "test.jsonl"), sentences)
        texts = [document.text for document, _ in (*asked, *shown)]
        vectors = embed("embedded", texts, settings=StudentSettings(threads=1, device="cpu"))
        annotator = LlmAnnotator(
            name=MODEL,
            provider=PROVIDER,
            endpoint=PROVIDER,
            model=MODEL,
            prompt=Prompt("ner", LABELS, domain="news", language=said),
            traits=traits(PROVIDER, MODEL),
            sampling={},
        )
        for mode, size in MODES.items():
            groups = _groups(asked, shown, vectors, size)
            yield _row(language, mode, annotator.plan(groups), asked, rates)


def _read(path: Path) -> list[Sentence]:
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    documents = [Document(*from_words(row["tokens"])) for row in rows]
    return [(one, to_spans(row["tags"], one.tokens or ())) for one, row in zip(documents, rows, strict=True)]


def _sample(sentences: Sequence[Sentence], n: int) -> list[Sentence]:
    return random.Random(1).sample(sentences, n)


def _groups(asked: Sequence[Sentence], shown: Sequence[Sentence], vectors: Floats, size: int) -> list[Bundle]:
    """As the loop asks: batch by batch, near sentences together, each with the nearest demonstrations."""
    query, demonstrations = vectors[: len(asked)], vectors[len(asked) :]
    neighbours = dict(enumerate(Knn().neighbours(query, demonstrations, K)))
    groups: list[Bundle] = []
    for start in range(0, len(asked), BATCH):
        batch = range(len(asked))[start : start + BATCH]
        for items, ids in bundles(batch, query[batch.start : batch.stop], neighbours, size, K):
            groups.append(
                Bundle(
                    tuple(PlanItem(item, asked[item][0]) for item in items),
                    tuple(Demonstration(row, shown[row][0], Labels(shown[row][1])) for row in ids),
                )
            )
    return groups


def _row(
    language: str, mode: str, requests: Sequence[Request], asked: Sequence[Sentence], rates: Rates
) -> dict[str, Any]:
    tokens_in = sum(_tokens(text) for one in requests for text in WIRES[one.wire].texts(one.body))
    tokens_out = sum(_tokens(_gold_answer(one, asked)) for one in requests)
    n = sum(len(one.items) for one in requests)
    dollars = _dollars(rates, tokens_in, tokens_out) * 1000 / n
    return {
        "lang": language,
        "mode": mode,
        "per_request": MODES[mode],
        "k": K,
        "tokens_in": round(tokens_in * 1000 / n),
        "tokens_out": round(tokens_out * 1000 / n),
        "dollars": round(dollars, 6),
        "ratio_loop": round(dollars / (1000 * _dollars(rates, *LOOP[language])), 4),
        "ratio_llmaaa": round(dollars / (1000 * _dollars(rates, *LLMAAA[language])), 4),
        "sentences": n,
        "requests": len(requests),
    }


def _gold_answer(request: Request, asked: Sequence[Sentence]) -> str:
    form = answer_format("ner", "spans", LABELS)
    lines, views = numbered(form, [asked[item][0] for item in request.items])
    said = {
        str(line): form.show(view, Labels(asked[item][1]))
        for item, line, view in zip(request.items, lines, views, strict=True)
    }
    return as_json(said)


def _tokens(text: str) -> int:
    return count(text, MODEL, PROVIDER)[0]


def _dollars(rates: Rates, tokens_in: int, tokens_out: int) -> float:
    return rates.cost(Usage(tokens_in, 0, 0, tokens_out)) / NANO


def _data(given: Path | None) -> Path:
    return given or Path(os.environ.get("LLMAAA_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def _table(rows: Sequence[dict[str, Any]]) -> str:
    head = "lang mode per_request  k   tokens in  tokens out  dollars / 1,000  of the Loop's  of LLMaAA's"
    return "\n".join([head, *map(_line, rows)])


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['lang']:<4} {row['mode']:<4} {row['per_request']:>11} {row['k']:>2} {row['tokens_in']:>11,} "
        f"{row['tokens_out']:>11,} {row['dollars']:>16.4f} {row['ratio_loop']:>14.3f} {row['ratio_llmaaa']:>12.3f}"
    )


def main() -> int:
    """Print the table, or its rows as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="rows as JSON on stdout")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} sentences a language instead of {SENTENCES}")
    parser.add_argument("--data", type=Path, help="folder of the public data")
    arguments = parser.parse_args()
    if vocabulary(MODEL, PROVIDER) != VOCABULARY:
        print(
            f"the {VOCABULARY} vocabulary is missing, and without it tokens cannot be counted: "
            "name the folder that holds it in TIKTOKEN_CACHE_DIR",
            file=sys.stderr,
        )
        return 2
    data = _data(arguments.data)
    if not (data / "ner").is_dir():
        print(f"{data}: no corpora here; name their folder with --data or LLMAAA_TEST_DATA", file=sys.stderr)
        return 2
    rows = list(measure(data, QUICK if arguments.quick else SENTENCES))
    print(json.dumps(rows, indent=1) if arguments.json else _table(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
