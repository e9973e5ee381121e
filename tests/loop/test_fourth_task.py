"""A task that a package brings: made, run and exported by the same commands, and no file of ours knows it.

It has files, questions and a score of its own; what a student and the simulator make of one label a text is ours.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from installing import install
from support import llmaaa

from llmaaa_tui.core.tasks import GROUP

TONE = """
from pathlib import Path

from llmaaa_tui.annotators.choice import Choice
from llmaaa_tui.annotators.tasks import AnnotatorTask
from llmaaa_tui.core.document import Document, Labels, Record
from llmaaa_tui.core.tasks import Shape, Task
from llmaaa_tui.errors import InputError
from llmaaa_tui.evaluation.task_classification import SINGLE as SCORED
from llmaaa_tui.formats.task_classification import SINGLE as FILES
from llmaaa_tui.formats.tasks import TaskFile

ROOMS = {
    "formats": "tone:Files",
    "annotators": "tone:ASKED",
    "simulator": "llmaaa_tui.simulator.task_classification:SINGLE",
    "student": "llmaaa_tui.student.task_classification:SINGLE",
    "evaluation": "tone:Scored",
}
TASK = Task("tone", "tones", Shape.ONE, "reply", "replies", ROOMS)
ASKED = AnnotatorTask(str(Path(__file__).parent / "tone_prompts"), "v1", {"choice": Choice}, "choice")


class _Files:
    files = "lines of a tone, a bar and a reply"
    exports = {}
    fields = staticmethod(FILES.fields)

    def read(self, path, negative=""):
        if path.suffix != ".tone":
            return FILES.read(path, negative)
        records = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            tone, bar, text = line.partition("|")
            if not bar:
                raise InputError(path, number, "no bar: expected a tone, a bar and a reply")
            records.append(Record(Document(text, file=str(path), line=number), Labels(classes=(tone,))))
        return TaskFile(records, "tone", tuple(dict.fromkeys(record.gold.classes[0] for record in records)))


class _Scored:
    def evaluate(self, gold, said, documents, labels, *, seed):
        assert all(len(one.classes) == 1 for one in gold)
        return SCORED.evaluate(gold, said, documents, labels, seed=seed)


Files, Scored = _Files(), _Scored()
"""
WORDS = {
    "warm": ("thank you so much", "how lovely of you", "glad to help any time", "what a kind thought"),
    "cold": ("send the form again", "that is not our concern", "no further reply follows", "see the rules"),
}
ABOUT = ("the parcel", "your garden", "the invoice", "this letter", "the bicycle", "our meeting", "the key", "a ticket")


def replies(count: int, seed: int) -> list[str]:
    drawn = random.Random(seed)
    lines: dict[str, None] = {}
    while len(lines) < count:
        tone = drawn.choice(sorted(WORDS))
        said = drawn.choice(WORDS[tone])
        lines[f"{tone}|{said} , {drawn.choice(ABOUT)} number {drawn.randrange(10**6)} ."] = None
    return list(lines)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The folder of the installed package."""
    folder = tmp_path / "site"
    install(folder, "acme-tone", "tone", TONE, GROUP, tone="TASK")
    prompts = folder / "tone_prompts"
    prompts.mkdir()
    ours = Path(__file__).parents[2] / "prompts" / "classification"
    for part in ("system", "user", "example", "choice"):
        text = (ours / f"{part}.v1.md").read_text(encoding="utf-8")
        (prompts / f"{part}.v1.md").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.long
def test_a_task_from_outside_is_made_run_and_exported(package: Path, tmp_path: Path) -> None:
    for name, count, seed in (("pool", 60, 1), ("gold", 70, 2), ("test", 40, 3)):
        (tmp_path / f"{name}.tone").write_text("\n".join(replies(count, seed)), encoding="utf-8")
    files = [part for name in ("pool", "gold", "test") for part in (f"--{name}", str(tmp_path / f"{name}.tone"))]
    small = [
        part
        for value in (
            "loop.initial=20",
            "loop.batch=10",
            "loop.rounds=2",
            "student.epochs=3",
            "annotator.provider=simulator",
            "annotator.profile=exact",
        )
        for part in ("--set", value)
    ]
    folder = tmp_path / "project"
    path = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH", ""))))
    made = llmaaa("new", folder, "--task", "tone", *files, *small, PYTHONPATH=path)
    assert made.returncode == 0, made.stderr
    ran = llmaaa("run", folder, "--headless", "--json", PYTHONPATH=path)
    assert ran.returncode == 0, ran.stderr
    status = json.loads(ran.stdout)
    assert status["task"] == "tone"
    assert [row["train_size"] for row in status["rounds"]] == [20, 30]
    assert status["rounds"][-1]["test"]["f1"] > 0.8
    exported = tmp_path / "out.jsonl"
    done = llmaaa("export", folder, "--format", "jsonl", "--out", exported, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in exported.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 30
    assert {row["label"] for row in rows} == set(WORDS)
    unknown = llmaaa("run", folder, "--headless")
    assert unknown.returncode == 2
    assert "tone" in unknown.stderr
