"""How fast a pool is scored: beside the bare forward pass, the `transformers` pipeline, and small-text.

    python benchmarks/pool_scoring.py [--json] [--quick] [--data DIR] [--rivals]

A student (embedded encoder, one epoch on 64 sentences) scores sentences of conll2003's training set, or, where the
public corpora are not there, of the example corpus. Compared, in turn and several times over:

- ours: tokenising, windows, batches by length, forward pass, probabilities, sentence embeddings, decoding;
- bare: the same model, in the same precision, over the same sub-words laid end to end and cut into full rows of the
  sentences' mean length, as tensors made beforehand: no padding, no mask, no softmax, nothing gathered;
- pipeline: `pipeline("token-classification", batch_size=32)` on the exported student, in corpus order; and sorted by
  length;
- with --rivals, small-text's transformer text classifier (it has none for tokens) on the same encoder, in a virtual
  environment made for it (`--rival-python` names one that is there).

Ratios above 1 are in our favour, except `of_bare_forward`, which is at most 1. Ours and bare run in the precision that
suits the machine (`precision`); the pipeline and small-text in float32, as they do unless told otherwise, so the same
ratios with ours in float32 stand beside them. With one thread the clock is CPU time, so that other processes do not
count, else wall time; every ratio is the median over repetitions that ran side by side.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

import torch
from loop_against_gold import data_folder

from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.student import checkpoint
from llmaaa_tui.student.decode import decode
from llmaaa_tui.student.device import Device, pick, use_threads
from llmaaa_tui.student.examples import Example, Text
from llmaaa_tui.student.export import export_model
from llmaaa_tui.student.infer import Scores, cast_once
from llmaaa_tui.student.settings import StudentSettings
from llmaaa_tui.student.train import train
from llmaaa_tui.student.words import Pieces

HERE = Path(__file__).parent
LIMIT = 256
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """A student in one precision, and the sentences it scores."""

    student: checkpoint.Checkpoint
    device: Device
    sentences: Sequence[Words]

    @classmethod
    def of(cls, folder: Path, device: Device, sentences: Sequence[Words]) -> Bench:
        """Read the student as `predict` does."""
        student = checkpoint.read(folder)
        student.model.to(device.torch_device)
        cast_once(student.model, device)
        return cls(student, device, sentences)

    def ours(self) -> None:
        """Everything `predict` does with a pool, but reading the model."""
        windows = Pieces(self.student.tokenizer, LIMIT).windows(self.sentences)
        scores = Scores(self.student.model, [len(words) for words in self.sentences], self.device, embeddings=True)
        scores.read(windows)
        scores.embeddings()
        decode(scores.probabilities(), self.student.task.classes(self.student.labels))

    def bare(self) -> Callable[[], None]:
        """The bare forward pass, ready to run."""
        device = self.device
        windows = Pieces(self.student.tokenizer, LIMIT).windows(self.sentences)
        ids = list(chain.from_iterable(window.ids for window in windows))
        long = round(len(ids) / len(windows))
        rows = torch.tensor(ids[: len(ids) // long * long], device=device.torch_device).view(-1, long)
        parts = torch.split(rows, max(1, device.token_budget // long))

        @torch.inference_mode()
        def run() -> None:
            for part in parts:
                with device.autocast():
                    self.student.model.encoder(part, None)
            if device.torch_device.type == "cuda":
                torch.cuda.synchronize()

        return run


def corpus(given: Path | None) -> tuple[str, list[Example]]:
    """conll2003's training set, else the example corpus."""
    file, name = HERE.parent / "example" / "gold.jsonl", "example (the public corpora are not here)"
    try:
        file, name = data_folder(given) / "conll2003" / "train.jsonl", "conll2003"
    except SystemExit:
        if given is not None:
            raise
    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return name, [Example(Text(tuple(row["tokens"])), tuple(row["tags"])) for row in rows if row["tokens"]]


def pipelines(exported: Path, device: Device) -> Callable[[Sequence[Words]], None]:
    """The usual way to run a token classifier."""
    from transformers import pipeline
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    tagger = pipeline("token-classification", model=str(exported), batch_size=32, device=device.torch_device)

    def run(sentences: Sequence[Words]) -> None:
        for _ in tagger(" ".join(words) for words in sentences):
            pass

    return run


class Rival:
    """small-text in its own process; `seconds` is None where it could not be had, and `why` says why."""

    def __init__(self, folder: Path, encoder: Path, sentences: Sequence[Words], threads: int, python: str) -> None:
        self.why, self._process = "", None
        try:
            file = folder / "sentences.json"
            file.write_text(json.dumps(sentences), encoding="utf-8")
            self._process = subprocess.Popen(
                [python or _installed(folder), HERE / "small_text_rival.py", encoder, file, str(threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            assert self._process.stdout is not None
            while (line := self._process.stdout.readline()).strip() != "ready":
                if not line:
                    raise OSError((self._process.communicate()[1].strip().splitlines() or ["it ended"])[-1])
        except (OSError, subprocess.SubprocessError) as error:
            self.why, self._process = f"small-text could not be run: {error}", None

    def seconds(self) -> float | None:
        """How long one pass takes it."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            return None
        print("go", file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End its process."""
        if self._process is not None:
            self._process.communicate()


def _installed(folder: Path) -> str:
    python = folder / "small-text" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", folder / "small-text"], check=True)
    pins = [
        line
        for line in (HERE.parent / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line.startswith(("torch==", "transformers==", "numpy==", "tokenizers=="))
    ]
    (folder / "pins.txt").write_text("\n".join(pins), encoding="utf-8")
    pip = [str(python), "-m", "pip", "install", "-q", "-c", str(folder / "pins.txt"), "small-text[transformers]"]
    subprocess.run(pip, check=True, capture_output=True, timeout=900)
    return str(python)


def measure(
    folder: Path, sentences: Sequence[Words], threads: int, repeats: int, rival: Rival | None
) -> dict[str, Any]:
    """All ratios with one number of threads."""
    use_threads(threads)
    device = pick("auto")
    native, exact = (Bench.of(folder / "student", one, sentences) for one in (device, pick("auto", "float32")))
    order = sorted(sentences, key=len)
    run = pipelines(folder / "exported", device)
    ways: dict[str, Callable[[], object]] = {
        "ours": native.ours,
        "bare": native.bare(),
        "ours_float32": exact.ours,
        "bare_float32": exact.bare(),
        "pipeline": lambda: run(sentences),
        "pipeline_sorted": lambda: run(order),
    }
    # With one thread the CPU time of this process does not see what else the machine does.
    of_cpu = threads == 1 and device.torch_device.type == "cpu"
    clock = time.process_time if of_cpu else time.perf_counter
    ways["bare"](), ways["bare_float32"]()  # the first passes of all prepare kernels
    times: dict[str, list[float]] = {name: [] for name in ways}
    theirs: list[float] = []
    for _ in range(repeats):
        for name, way in ways.items():
            begun = clock()
            way()
            times[name].append(clock() - begun)
        if rival is not None and (took := rival.seconds()) is not None:
            theirs.append(took)

    def ratio(slow: Sequence[float], fast: str) -> float | None:
        return median(a / b for a, b in zip(slow, times[fast], strict=True)) if slow else None

    return {
        "threads": threads,
        "precision": str(device.precision).removeprefix("torch."),
        "clock": "cpu" if of_cpu else "wall",
        "sentences_per_s": len(sentences) / median(times["ours"]),
        "of_bare_forward": ratio(times["bare"], "ours"),
        "of_bare_forward_float32": ratio(times["bare_float32"], "ours_float32"),
        "vs_pipeline": ratio(times["pipeline"], "ours"),
        "vs_pipeline_sorted": ratio(times["pipeline_sorted"], "ours"),
        "vs_pipeline_float32": ratio(times["pipeline"], "ours_float32"),
        "vs_pipeline_sorted_float32": ratio(times["pipeline_sorted"], "ours_float32"),
        "vs_small_text": ratio(theirs, "ours"),
        "vs_small_text_float32": ratio(theirs, "ours_float32"),
        "repeats": repeats,
    }


def main() -> None:
    """Print the figures, as lines or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="900 sentences once with one thread")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--rival-python", default="", help="a python that has small-text; else one is installed")
    given = parser.parse_args()
    name, examples = corpus(given.data)
    random.Random(0).shuffle(examples)
    sentences = [example.text.words for example in examples[: 900 if given.quick else 3000]]
    tags = {tag[2:] for example in examples for tag in example.targets if tag != "O"}
    wanted = [1] if given.quick else sorted({1, use_threads(0)})
    rows, reason = [], "" if given.rivals else "not asked for (--rivals)"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        settings = StudentSettings(epochs=1, threads=use_threads(0))
        out = folder / "student"
        labels = LabelSet.of(tuple(sorted(tags)))
        train(settings, "ner", labels, examples[-64:], (), out, 0, lambda _: None, lambda: False)
        export_model(out, folder / "exported", "A student of one epoch.", [examples[0].text])
        for threads in wanted:
            rival = None
            if given.rivals:
                rival = Rival(folder, folder / "exported", sentences, threads, given.rival_python)
                reason = rival.why
            rows.append(measure(folder, sentences, threads, 1 if given.quick else 3, rival))
            if rival is not None:
                rival.close()
    default = use_threads(0)
    result = {
        "corpus": name,
        "sentences": len(sentences),
        "default_threads": default,
        **{key: rows[0][key] for key in ("of_bare_forward", "vs_pipeline", "vs_pipeline_sorted", "vs_small_text")},
        "vs_small_text_missing": reason,
        "rows": rows,
    }
    if given.json:
        print(json.dumps(result, indent=1))
        return
    print(f"{len(sentences):,} sentences of {name}; {default} threads unless set")
    for row in rows:
        print(
            ", ".join(
                f"{key} {value:.2f}" if isinstance(value, float) else f"{key} {value}" for key, value in row.items()
            )
        )
    if reason:
        print(f"vs_small_text: {reason}")


if __name__ == "__main__":
    main()
