"""ChatGPT's recorded relations for SemEval-2010 Task 8, through the recorded annotator: accuracy, league table, loop.

    python benchmarks/recorded_relations.py [--json] [--quick] [--no-loop] [--work FOLDER] [--data DIR]
    python benchmarks/recorded_relations.py --write FOLDER

2,717 answers (pkuserc/ChatGPT_for_IE, Apache 2.0), one a pair of the test split. Each names one of nine relations or
Other *without its direction*, and nothing in the recording says which way round it was meant. So no direction is made
up: gold is compared as the same ten names (`Cause-Effect(e1,e2)` and `Cause-Effect(e2,e1)` are both `Cause-Effect`),
and a project of these answers has those ten labels; nobody can say from them how often ChatGPT has the direction
right. An answer belongs to a pair where the recording matches it to exactly one (*joined*); those that match none or
several are counted and left out, and no pair stands for a negative because its answer is missing.

The recording holds answers to a question that is not ours. `--write` puts each under the question that a project with
the settings it prints asks about that pair: one pair a request, no demonstrations, which is what makes the question
known beforehand. It writes recording.jsonl, pool.jsonl and test.jsonl (joined pairs, gold undirected) and gold.jsonl
(pairs of the training split, for demonstrations, meta and dev).

Without it all is measured: the answers as the annotator reads them (ten seconds, and all that `--no-loop` does); then,
with the commands a person types, a project whose pool is all joined pairs and whose one round asks about all of them,
for `accuracy` of its league table; then four rounds of fifty on the files of `--write`, the annotator asked about test
too, so that it stands beside the student on the same pairs. A quarter of an hour on two busy cores; `--quick` takes
slices for the same keys, and half a minute where nothing else runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from recorded_spans import default_data

from llmaaa_tui.annotators.contracts import Bundle, PlanItem
from llmaaa_tui.annotators.llm import LlmAnnotator
from llmaaa_tui.annotators.recorded import RecordedClient
from llmaaa_tui.config import parse_settings
from llmaaa_tui.core.annotation import ItemAnswer
from llmaaa_tui.core.document import Labels, Record
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.league import wilson
from llmaaa_tui.core.snapshot import Measure, Score
from llmaaa_tui.evaluation import tasks as evaluation
from llmaaa_tui.formats import tasks as formats
from llmaaa_tui.formats.tasks import LabelledDocument
from llmaaa_tui.formats.write import write
from llmaaa_tui.paths import ProjectPaths
from llmaaa_tui.worker.annotator import describe

RECORDED = Path("recorded", "chatgpt-ie", "semeval2010_task8_test.jsonl")
CORPUS = Path("re", "semeval2010_task8")
TASK = "relation"
NEGATIVE = "Other"
NAMES = (
    "Cause-Effect",
    "Component-Whole",
    "Content-Container",
    "Entity-Destination",
    "Entity-Origin",
    "Instrument-Agency",
    "Member-Collection",
    "Message-Topic",
    "Product-Producer",
    NEGATIVE,
)
LABELS = LabelSet.of(NAMES, negative=NEGATIVE)
SETTINGS = (
    f"project.negative={NEGATIVE}",
    "annotator.provider=recorded",
    "annotator.model=chatgpt",
    "annotator.recording=recording.jsonl",
    "annotator.k=0",
    "annotator.retrieval=none",
    "annotator.per_request=1",
    "teacher.measure=test",
)
TEST, GOLD = 500, 300
ROUNDS = ("loop.initial=50", "loop.batch=50", "loop.rounds=4")
QUICK = 150
QUICK_TEST, QUICK_GOLD = 50, 75
QUICK_ROUNDS = ("loop.initial=20", "loop.batch=20", "loop.rounds=2", "student.epochs=1")
WAITS = 6
"""The exit code of a run that waits for a person."""
RESAMPLING = 1


def undirected(record: Record) -> Record:
    """The same pair with its relation's name alone."""
    classes = record.gold.classes if record.gold else ()
    return replace(record, gold=Labels(classes=tuple(name.partition("(")[0] for name in classes)))


def read(data: Path) -> tuple[list[dict[str, Any]], dict[str, Record]]:
    """All recorded answers, and the pairs of the test split by name.

    Raises:
        FileNotFoundError: the data are not there.
    """
    lines = (data / RECORDED).read_text(encoding="utf-8").splitlines()
    records = formats.of(TASK).read(data / CORPUS / "test.jsonl").records
    return [json.loads(line) for line in lines], {one.document.name: undirected(one) for one in records}


def joined(rows: Sequence[Mapping[str, Any]], pairs: Mapping[str, Record]) -> list[tuple[Record, str]]:
    """The pairs that one answer is matched to, each with the label the answer names."""
    return [(pairs[row["match"][0]], str(row["prediction"])) for row in rows if len(row["match"]) == 1]


def annotator() -> LlmAnnotator:
    """The recorded annotator as a project with `SETTINGS` has it."""
    settings = parse_settings("", "here", (f"project.task={TASK}", *SETTINGS))
    kit = describe(ProjectPaths(Path()), settings, LABELS)
    assert kit.annotator is not None
    return kit.annotator


def record(answered: Sequence[tuple[Record, str]], out: Path) -> None:
    """Write a recording: each answer, as it was recorded, under our question about its pair."""
    asking = annotator()
    with out.open("w", encoding="utf-8", newline="\n") as file:
        for number, (pair, said) in enumerate(answered):
            [request] = asking.plan([Bundle((PlanItem(number, pair.document),))])
            message = {"role": "assistant", "content": json.dumps({"1": said})}
            line = {
                "model": request.model,
                "sample": request.sample,
                "body": request.body,
                "wire": request.wire,
                "answer": json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}),
            }
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def asked(records: Sequence[Record], recording: Path) -> list[ItemAnswer]:
    """What the recorded annotator answers about these pairs."""
    asking, client = annotator(), RecordedClient(recording)

    async def ask() -> list[ItemAnswer]:
        found = []
        for number, one in enumerate(records):
            [request] = asking.plan([Bundle((PlanItem(number, one.document),))])
            found.append(asking.read(await client.send(request), request, {number: one.document})[number])
        return found

    return asyncio.run(ask())


def left_out(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Answers that are matched to no pair, and to several."""
    return {"to_none": sum(not row["match"] for row in rows), "to_several": sum(len(row["match"]) > 1 for row in rows)}


def spread(answered: Sequence[tuple[Record, str]], many: int) -> Sequence[tuple[Record, str]]:
    """So many of them, evenly; 0: all."""
    return answered[:: len(answered) // many][:many] if many else answered


def measure(data: Path, many: int = 0) -> dict[str, Any]:
    """ChatGPT against undirected gold, on the joined pairs and on all answers as their authors recorded them."""
    rows, pairs = read(data)
    answered = spread(joined(rows, pairs), many)
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder, "recording.jsonl")
        record(answered, recording)
        answers = asked([pair for pair, _ in answered], recording)
    gold = [pair.gold or Labels() for pair, _ in answered]
    said = [None if answer.failure else answer.labels for answer in answers]
    documents = [pair.document for pair, _ in answered]
    scored = evaluation.of(TASK).evaluate(gold, said, documents, LABELS, seed=RESAMPLING)
    accuracy = scored.accuracy
    assert accuracy is not None
    return {
        "answers": len(rows),
        "accuracy_as_recorded": _share(rows),
        "joined": len(answered),
        "not_joined": left_out(rows),
        "usable": sum(one is not None for one in said),
        "failures": dict(Counter(str(answer.failure) for answer in answers if answer.failure)),
        "accuracy_undirected": _figure(accuracy.value, accuracy),
        "f1_undirected": _figure(scored.overall.f1, scored.overall),
        "f1_by_label": {name: _figure(score.f1, score) for name, score in scored.labels.items()},
        "said": dict(Counter(one.classes[0] for one in said if one).most_common()),
        "gold": dict(Counter(one.classes[0] for one in gold).most_common()),
    }


def _share(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """What the recording says of itself, with Wilson's interval."""
    right = sum(row["prediction"] == row["gold_label"] for row in rows)
    share = wilson(right, len(rows))
    assert share is not None
    return {
        "value": round(right / len(rows), 4),
        "low": round(share.low, 4),
        "high": round(share.high, 4),
        "n": len(rows),
    }


def _figure(value: float, interval: Measure | Score) -> dict[str, float]:
    low, high = interval.low, interval.high
    assert low is not None
    assert high is not None
    return {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4), "n": interval.n}


def make(data: Path, folder: Path, many: int = 0, test: int = TEST, gold: int = GOLD) -> list[str]:
    """Write the files of a project; gives the arguments of the command that makes it, after its folder.

    Args:
        many: so many of the joined pairs; 0: all.
        test: how many of them, drawn at random, are test and not pool.
        gold: how many pairs of the training split there are for demonstrations, meta and dev.
    """
    rows, pairs = read(data)
    answered = spread(joined(rows, pairs), many)
    folder.mkdir(parents=True, exist_ok=True)
    record(answered, folder / "recording.jsonl")
    drawn = random.Random(RESAMPLING).sample([pair for pair, _ in answered], len(answered))
    known = {pair.document.text for pair in pairs.values()}
    train = [undirected(one) for one in formats.of(TASK).read(data / CORPUS / "train.jsonl").records]
    strange = [one for one in train if one.document.text not in known]
    parts = {"test": drawn[:test], "pool": drawn[test:], "gold": random.Random(RESAMPLING).sample(strange, gold)}
    command = ["--task", TASK, "--labels", ",".join(NAMES)]
    for name, records in parts.items():
        if records:
            with (folder / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n") as out:
                write(TASK, "jsonl", [LabelledDocument(one.document, one.gold or Labels()) for one in records], out)
            command += [f"--{name}", str(folder / f"{name}.jsonl")]
    for setting in SETTINGS:
        command += ["--set", setting.replace("=recording.jsonl", f"={(folder / 'recording.jsonl').resolve()}")]
    return command


def whole_pool(data: Path, work: Path, many: int = 0) -> dict[str, Any]:
    """The recorded annotator's row of the league table after one round about every joined pair. People are to decide
    on all answers, so the run ends before it trains."""
    settings = ("loop.review=all", "loop.rounds=1", f"loop.initial={many or 10_000}", "teacher.measure=none")
    status = _run(make(data, work / "whole_files", many, 0), work / "whole", settings, WAITS)
    row: dict[str, Any] = status["annotators"][0]
    return row


def loop(data: Path, work: Path, quick: bool) -> dict[str, Any]:
    """The loop by round, and the league table's row of its annotator."""
    sizes, settings = ((QUICK, QUICK_TEST, QUICK_GOLD), QUICK_ROUNDS) if quick else ((0, TEST, GOLD), ROUNDS)
    status = _run(make(data, work / "files", *sizes), work / "loop", settings)
    rounds = [
        {
            "labels": row["train_size"],
            "failed": sum(row["failed"].values()),
            "test_f1": row["test"],
            "test_accuracy": row["accuracy"]["test"],
            "annotator_on_picked": row["picked"],
        }
        for row in status["rounds"]
    ]
    return {"simulated": status["simulated"], "rounds": rounds, "league": status["annotators"][0]}


def _run(made_by: Sequence[str], folder: Path, settings: Sequence[str], ends: int = 0) -> dict[str, Any]:
    """Make a project and run it with the commands; its status. A project that is there goes on."""
    if not (folder / "llmaaa.toml").is_file():
        _llmaaa("new", folder, *made_by, *(part for one in settings for part in ("--set", one)))
    _llmaaa("run", folder, "--headless", ends=ends)
    status: dict[str, Any] = json.loads(_llmaaa("status", folder, "--json"))
    return status


def _llmaaa(*arguments: str | Path, ends: int = 0) -> str:
    command = [sys.executable, "-m", "llmaaa_tui", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != ends:
        sys.exit(f"llmaaa {arguments[0]} ended with {done.returncode}: {done.stderr.strip()[-600:]}")
    return done.stdout


def _table(found: Mapping[str, Any]) -> str:
    recorded, accuracy, f1 = (found[key] for key in ("accuracy_as_recorded", "accuracy_undirected", "f1_undirected"))
    lines = [
        f"{found['answers']:,} recorded answers, by their own gold: {recorded['value']:.4f} "
        f"[{recorded['low']:.4f}, {recorded['high']:.4f}]",
        f"{found['joined']:,} joined to one pair, {found['usable']:,} usable, failed {found['failures'] or 0}; "
        f"left out: {found['not_joined']['to_several']} matched to several pairs, "
        f"{found['not_joined']['to_none']} to none",
        f"accuracy, undirected: {accuracy['value']:.4f} [{accuracy['low']:.4f}, {accuracy['high']:.4f}]",
        f"micro F1 without {NEGATIVE}: {f1['value']:.4f} [{f1['low']:.4f}, {f1['high']:.4f}]",
        f"{'label':<20} {'gold':>6} {'said':>6} {'F1':>7}",
    ]
    for name in NAMES:
        f1 = found["f1_by_label"].get(name)
        shown = f"{f1['value']:>7.4f}" if f1 else f"{'–':>7}"
        lines.append(f"{name:<20} {found['gold'].get(name, 0):>6,} {found['said'].get(name, 0):>6,} {shown}")
    if "loop" in found:
        lines += _of_projects(found["whole_pool"], found["loop"])
    return "\n".join(lines)


def _of_projects(whole: Mapping[str, Any], looped: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, row in (("one round of all", whole), ("the loop", looped["league"])):
        failed = ", ".join(f"{count} {kind}" for kind, count in row["failed"].items()) or "0"
        lines.append(f"league table after {name}: {row['name']}, {row['usable']:,} usable, failed {failed}")
        lines.append(f"  accuracy on those picked {_ends(row['accuracy'], 'value')}")
        if row["measured_accuracy"]:
            lines.append(f"  accuracy on {row['split']} {_ends(row['measured_accuracy'], 'value')}")
    return lines + [
        f"{row['labels']:>4} labels, {row['failed']} failed: test F1 {_ends(row['test_f1'], 'f1')}, "
        f"accuracy {_ends(row['test_accuracy'], 'value')}; annotator on those picked, "
        f"F1 {_ends(row['annotator_on_picked'], 'f1')}"
        for row in looped["rounds"]
    ]


def _ends(figure: Mapping[str, Any], name: str) -> str:
    return f"{figure[name]:.4f} [{figure['low']:.4f}, {figure['high']:.4f}] n={figure['n']:,}"


def main() -> int:
    """Print the figures or write the files of a project."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="figures as JSON on stdout")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} of the joined pairs, two rounds of twenty")
    parser.add_argument("--no-loop", action="store_true", help="the answers alone: no project is made")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="keep the projects here, to look at or go on with")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the files of a project instead")
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of the public data")
    given = parser.parse_args()
    many = QUICK if given.quick else 0
    try:
        if given.write:
            print(shlex.join(["llmaaa", "new", "PROJECT", *make(given.data, given.write)]))
            return 0
        found = measure(given.data, many)
        if not given.no_loop:
            with tempfile.TemporaryDirectory() as thrown_away:
                work = Path(given.work or thrown_away).absolute()
                found["whole_pool"] = whole_pool(given.data, work, many)
                found["loop"] = loop(given.data, work, given.quick)
    except FileNotFoundError as error:
        print(f"{error.filename}: the recorded answers are not here; name the data folder with --data", file=sys.stderr)
        return 2
    print(json.dumps(found, indent=1) if given.json else _table(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
