"""`llmaaa predict` on the file of the test split says the same figures as `llmaaa status`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from simulator_server import SimulatorServer
from support import llmaaa, sentences, write_jsonl
from worker.bench import Bench, pick

from llmaaa_tui.cli import predict, status
from llmaaa_tui.worker.annotate import annotate
from llmaaa_tui.worker.evaluate import evaluate_round
from llmaaa_tui.worker.train import train_student


def test_an_interval_is_that_of_status(tmp_path: Path, tiny_encoder: Path) -> None:
    def texts(count: int, seed: int) -> list[dict[str, str]]:
        return [
            {"text": " ".join(row["tokens"]), "label": "rare" if number % 3 == 0 else "usual"}
            for number, row in enumerate(sentences(count, seed))
        ]

    files = {
        name: write_jsonl(tmp_path / f"{name}.jsonl", texts(count, seed))
        for seed, (name, count) in enumerate({"pool": 20, "gold": 60, "test": 40}.items())
    }
    sets = ("annotator.provider=gold", f"student.encoder={tiny_encoder}", "student.epochs=1", "student.threads=1")
    flags = [str(part) for name, path in files.items() for part in (f"--{name}", path)]
    settings = [part for one in sets for part in ("--set", one)]
    done = llmaaa("new", tmp_path / "p", "--task", "classification", *flags, *settings)
    assert done.returncode == 0, done.stderr
    with SimulatorServer(sentences(2, 1)) as server:
        bench = Bench(tmp_path / "p", server)
        pick(bench, 1, 8)
        with bench.open() as context:
            annotate(context, 1)
            assert train_student(context, 1)
            evaluate_round(context, 1)
    shown = CliRunner().invoke(status.command, [str(bench.folder), "--json"])
    (row,) = json.loads(shown.stdout)["rounds"]
    said = CliRunner().invoke(
        predict.command,
        [str(bench.folder), "--input", str(files["test"]), "--out", str(tmp_path / "said.jsonl")],
        catch_exceptions=False,
    )
    test, accuracy = row["test"], row["accuracy"]["test"]
    assert 0 < test["low"] < test["f1"] < test["high"] < 1
    assert f"F1 {test['f1']:.3f} [{test['low']:.3f}, {test['high']:.3f}] n=40" in said.stderr
    assert f"accuracy {accuracy['value']:.3f} [{accuracy['low']:.3f}, {accuracy['high']:.3f}]" in said.stderr
