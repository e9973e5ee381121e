"""Every recorded answer of a real LLM through the reader and the grounding it would meet today, with its error class.

    python benchmarks/recorded_answers.py [--json] [--data DIR]

11,195 answers of seven models (mkandai/llms-in-the-loop, MIT) to 50 sentences a language, lists of [word, tag] pairs as
they were recorded, go as chat completions through the reader of `token_tags`. `malformed_as_empty` counts answers read
as "no entities" that do not hold every word of the sentence with the tag O; the command fails where there is one.
Two seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recorded_spans import FOLDER, LABELS, default_data

from llmaaa_tui.annotators.formats import Reader
from llmaaa_tui.annotators.formats_readers import reader_for
from llmaaa_tui.core.annotation import ItemAnswer
from llmaaa_tui.core.document import Document, from_words
from llmaaa_tui.core.exchange import RawAnswer, Request
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import State

READER = "ner/token_tags.v2"


def measure(data: Path) -> list[dict[str, Any]]:
    """One row a model: answers, how many ended in which state or error class, and how they were repaired.

    Raises:
        FileNotFoundError: the recordings are not there.
    """
    folder = data / FOLDER
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no recorded answers here; name the data folder with --data")
    reader = reader_for(READER, LabelSet.of(LABELS))
    return [_row(reader, model) for model in sorted(folder.iterdir())]


def _row(reader: Reader, folder: Path) -> dict[str, Any]:
    classes: Counter[str] = Counter()
    rungs: Counter[int] = Counter()
    malformed = spans = 0
    for tokens, said in _answers(folder):
        answer = _read(reader, Document(*from_words(tokens)), said)
        classes[str(answer.failure or answer.state)] += 1
        spans += len(answer.spans)
        rungs.update(found.rung for found in answer.spans)
        malformed += answer.state is State.EMPTY and not _all_outside(tokens, said)
    return {
        "model": folder.name,
        "answers": classes.total(),
        "classes": dict(classes.most_common()),
        "spans": spans,
        "rungs": {str(rung): rungs[rung] for rung in sorted(rungs)},
        "malformed_as_empty": malformed,
    }


def _answers(folder: Path) -> Iterator[tuple[list[str], Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                for said in row["answers"]:
                    yield row["tokens"], said


def _read(reader: Reader, document: Document, said: Any) -> ItemAnswer:
    message = {"content": json.dumps(said, ensure_ascii=False)}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    request = Request("", "recorded", "recorded", "", {}, (0,), 0, 0, 0, "chat", READER)
    return reader.read(RawAnswer(200, {}, body, 0.0), request, {0: document})[0]


def _all_outside(tokens: list[str], said: Any) -> bool:
    """What "no entities" looks like, without the reader's help."""
    return (
        isinstance(said, list)
        and len(said) == len(tokens)
        and all(isinstance(pair, list) and len(pair) == 2 and pair[1].strip() == "O" for pair in said)
    )


def _table(rows: list[dict[str, Any]]) -> str:
    totals: Counter[str] = Counter()
    for row in rows:
        totals.update(row["classes"])
    names = [name for name, _ in totals.most_common()]
    width = max(len(row["model"]) for row in rows)
    lines = [f"{'model':<{width}} {'answers':>8} " + " ".join(f"{name:>14}" for name in names)]
    for row in [*rows, {"model": "all", "answers": totals.total(), "classes": totals}]:
        counts = " ".join(f"{row['classes'].get(name, 0):>14,}" for name in names)
        lines.append(f"{row['model']:<{width}} {row['answers']:>8,} {counts}")
    return "\n".join(lines)


def main() -> int:
    """Print the table or its rows as JSON; 1 where something malformed was read as "no entities"."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="rows as JSON on stdout")
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of the public data")
    arguments = parser.parse_args()
    try:
        rows = measure(arguments.data)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    malformed = sum(row["malformed_as_empty"] for row in rows)
    print(json.dumps(rows, indent=1) if arguments.json else _table(rows))
    print(f"malformed answers read as empty: {malformed}", file=sys.stderr)
    return 1 if malformed else 0


if __name__ == "__main__":
    raise SystemExit(main())
