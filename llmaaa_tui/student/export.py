"""A trained student as a normal `transformers` folder: config, weights, tokenizer, label map and a model card."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import nn

from ..errors import LlmaaaError
from . import checkpoint
from .encoder import hub_off
from .examples import Text
from .model import pad, pad_id
from .words import Pieces, position_limit, unknown_id

TOLERANCE = 1e-3
"""Largest difference of a logit that the exported model may show on the sentences it is tried on."""


def export_model(folder: Path, out: Path, card: str, texts: Sequence[Text]) -> int:
    """Write the student in `folder` as `AutoModelForTokenClassification` and `AutoTokenizer` read it.

    The calibration temperature is folded into the classifier: `softmax(logits)` of the exported model is calibrated.
    Before the folder is put in place it is read back and tried on `texts`.

    Args:
        folder: what `train` wrote.
        out: the folder to make; it must not exist.
        card: the text of its README.md.
        texts: the exported model must say of them what the student says.

    Returns:
        How many sentences could be compared: those of one window in which the tokenizer finds every word.

    Raises:
        LlmaaaError: `out` is there already or cannot be written, the student is of a task that has no plain model, it
            has a gelu before its classifier, or its encoder has no plain token classifier in `transformers`.
    """
    if out.exists():
        raise LlmaaaError(f"{out}: is there already; choose another name")
    student = checkpoint.read(folder)
    if not student.task.plain:
        raise LlmaaaError(
            f"{folder.name}: a student of the task {checkpoint.task_name(student.record)} is no plain model of "
            "transformers, so it is not exported; use it with llmaaa predict"
        )
    if student.record["settings"]["activation"] != "none":
        raise LlmaaaError(
            f"{folder.name}: has a gelu before its classifier, which no plain model in transformers has; train with "
            'student.activation = "none" to export'
        )
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        plain = _plain(student)
        partial.mkdir(parents=True)
        with hub_off():
            plain.save_pretrained(partial)
            _tokenizer(student).save_pretrained(partial)
        (partial / "README.md").write_text(card, encoding="utf-8")
        tried = _check(student, partial, texts)
        for file in partial.iterdir():  # weights are written for their owner alone, other files as the umask says
            file.chmod((partial / "README.md").stat().st_mode)
        os.replace(partial, out)
        return tried
    except OSError as error:
        raise LlmaaaError(f"{out}: cannot be written ({error.strerror}); choose another place with --out") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _plain(student: checkpoint.Checkpoint) -> Any:
    """The token classifier of `transformers` for this encoder, with the student's weights."""
    from transformers import AutoModelForTokenClassification

    tags = student.task.classes(student.labels)
    config = student.model.encoder.config
    config.id2label = dict(enumerate(tags))
    config.label2id = {tag: index for index, tag in enumerate(tags)}
    config.classifier_dropout = student.record["settings"]["dropout"]
    try:
        with hub_off(), torch.random.fork_rng(devices=[]):
            plain = AutoModelForTokenClassification.from_config(config, trust_remote_code=False)
    except ValueError:
        raise _no_plain(student) from None
    body = getattr(plain, plain.base_model_prefix)
    missing, unexpected = body.load_state_dict(student.model.encoder.state_dict(), strict=False)
    heads = [one for one in plain.children() if isinstance(one, nn.Linear) and one.out_features == len(tags)]
    if unexpected or any(not name.startswith("pooler.") for name in missing) or len(heads) != 1:
        raise _no_plain(student)
    temperature = float(student.record.get("temperature") or 1.0)
    with torch.no_grad():
        heads[0].weight.copy_(student.model.head.weight / temperature)
        heads[0].bias.copy_(student.model.head.bias / temperature)
    return plain.eval()


def _no_plain(student: checkpoint.Checkpoint) -> LlmaaaError:
    kind = student.model.encoder.config.model_type
    return LlmaaaError(f"student.encoder: transformers has no plain token classifier for {kind}, so it is not exported")


def _tokenizer(student: checkpoint.Checkpoint) -> Any:
    """The tokenizer with its special tokens named, as the checkpoint's own file uses them."""
    from transformers import PreTrainedTokenizerFast

    raw: Tokenizer = student.tokenizer
    around = raw.encode("a")
    special = [token for token, mark in zip(around.tokens, around.special_tokens_mask, strict=True) if mark]
    named = {
        "pad_token": raw.id_to_token(pad_id(student.model.encoder)),
        "unk_token": raw.id_to_token(unknown_id(raw)),
        "mask_token": next((token for token in ("[MASK]", "<mask>") if raw.token_to_id(token) is not None), None),
    }
    if special:
        named |= {"cls_token": special[0], "sep_token": special[-1]}
    limit = position_limit(student.model.encoder) or int(student.record["settings"]["max_pieces"])
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, model_max_length=limit, **{name: token for name, token in named.items() if token}
    )


@torch.inference_mode()
def _check(student: checkpoint.Checkpoint, folder: Path, texts: Sequence[Text]) -> int:
    """Read the folder as anybody would, and compare what both models say of the words' first sub-words.

    Raises:
        LlmaaaError: they differ.
    """
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    with hub_off():
        model = AutoModelForTokenClassification.from_pretrained(folder, local_files_only=True).eval()
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    pieces = Pieces(student.tokenizer, int(tokenizer.model_max_length))
    temperature = float(student.record.get("temperature") or 1.0)
    tried = 0
    for words in (text.words for text in texts):
        window, *more = pieces.windows([words])
        if more or not words:
            continue
        ids, mask = pad([window], pad_id(student.model.encoder), torch.device("cpu"))
        mine = student.model(ids, mask, [window]).logits / temperature
        given = tokenizer(list(words), is_split_into_words=True, return_tensors="pt")
        first = [given.word_ids().index(number) for number in range(len(words)) if number in given.word_ids()]
        theirs = model(**given).logits[0][first]
        if mine.shape != theirs.shape:
            continue  # a word the tokenizer drops: the student reads it as unknown
        if float((mine - theirs).abs().max()) > TOLERANCE:
            raise LlmaaaError(f"{folder.name}: the exported model does not say what the student says; it is not kept")
        tried += 1
    return tried
