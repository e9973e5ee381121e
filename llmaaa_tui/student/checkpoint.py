"""A trained student as a folder: weights, tokenizer, encoder config and how it came to be."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from ..core.labels import LabelSet
from ..core.tasks import TASKS
from ..errors import LlmaaaError
from .encoder import EncoderFiles, hub_off, without_pooler
from .model import Classifier
from .settings import StudentSettings
from .tasks import StudentTask, of

_FORMAT = 1
_RECORD = "student.json"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A student read back: the model (CPU, evaluation mode), its task, tokenizer, labels and record."""

    model: Classifier
    task: StudentTask
    tokenizer: Tokenizer
    labels: LabelSet
    record: dict[str, Any]


def is_complete(folder: Path) -> bool:
    """Whether a folder holds a finished training; it appears whole or not at all."""
    return (folder / _RECORD).is_file()


def read_record(folder: Path) -> dict[str, Any]:
    """How a finished training came to be: task, settings, seed, best_epoch, dev_loss (None without dev), steps,
    skipped, warm (the folder it went on from, or None), weights (of reweighting, one an example given, or None) and how
    well its confidence is calibrated, see `calibrate.recorded`."""
    record: dict[str, Any] = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    return record


def save(
    folder: Path,
    weights: dict[str, Tensor],
    config: Any,
    tokenizer: Tokenizer,
    *,
    task: str,
    labels: LabelSet,
    files: EncoderFiles,
    settings: StudentSettings,
    seed: int,
    outcome: dict[str, Any],
) -> None:
    """Write a checkpoint under a temporary name beside `folder`, then put it in place in one step."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    save_file({name: value.contiguous() for name, value in weights.items()}, partial / "model.safetensors")
    tokenizer.save(str(partial / "tokenizer.json"))
    config.save_pretrained(partial)
    record = {
        "format": _FORMAT,
        "task": task,
        "labels": {"names": labels.names, "verbalised": labels.verbalised, "negative": labels.negative},
        "classes": of(task).classes(labels),
        "encoder": {"name": files.name, "sha": files.sha, "kind": files.kind},
        "settings": asdict(settings),
        "seed": seed,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        **outcome,
    }
    (partial / _RECORD).write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    os.replace(partial, folder)


def read(folder: Path) -> Checkpoint:
    """Load a student from its folder alone.

    Raises:
        LlmaaaError: the folder holds no finished student, or its files are damaged.
    """
    if not is_complete(folder):
        raise LlmaaaError(f"{folder}: no trained student is here; train one with llmaaa run")
    from transformers import AutoConfig, AutoModel

    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        known = record["labels"]
        labels = LabelSet(tuple(known["names"]), tuple(known["verbalised"]), known.get("negative"))
        task = of(task_name(record))
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        built = record["settings"]
        built.setdefault("activation", "gelu")  # before it was a setting, every student had it
        # Fresh weights are drawn only to be overwritten; the caller's generator must not notice.
        with hub_off(), torch.random.fork_rng(devices=[]):
            config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            encoder = without_pooler(AutoModel.from_config(config, trust_remote_code=False), str(folder))
            model = build(encoder, task, labels, float(built["dropout"]), str(built["activation"]))
        model.load_state_dict(load_file(folder / "model.safetensors"))
    except (OSError, KeyError, ValueError, RuntimeError, SafetensorError) as error:
        raise LlmaaaError(
            f"{folder}: the trained student is damaged ({error}); remove the folder and train again"
        ) from error
    return Checkpoint(model.eval(), task, tokenizer, labels, record)


def task_name(record: dict[str, Any]) -> str:
    """The task of a record; the first there was where it names none."""
    return str(record.get("task", next(iter(TASKS))))


def build(encoder: Any, task: StudentTask, labels: LabelSet, dropout: float, activation: str) -> Classifier:
    """The model of a task with a new classifier, drawn from torch's generator."""
    return Classifier(encoder, task.readout, task.outputs(labels), dropout, activation, binary=task.binary)
