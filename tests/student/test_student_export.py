"""A student exported: read back by transformers alone, it says what the student says."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_corpus import toy
from transformers import AutoModelForTokenClassification, AutoTokenizer

from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.errors import LlmaaaError
from llmaaa_tui.student.export import export_model
from llmaaa_tui.student.predict import predict
from llmaaa_tui.student.settings import StudentSettings
from llmaaa_tui.student.train import train

NEW = [example.text for example in toy(12, seed=7)]


def _trained(settings: StudentSettings, labels: LabelSet, folder: Path) -> Path:
    train(settings, "ner", labels, toy(40), toy(20, seed=3), folder, 1, lambda _: None, lambda: False)
    return folder


def test_transformers_alone_reads_the_tags_of_the_student(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path
) -> None:
    trained = _trained(dataclasses.replace(settings, epochs=3), labels, tmp_path / "m")
    out = tmp_path / "plain"
    assert export_model(trained, out, "# a card\n", NEW) == len(NEW)
    assert (out / "README.md").read_text() == "# a card\n"
    assert not list(tmp_path.glob(".*partial"))
    model, tokenizer = AutoModelForTokenClassification.from_pretrained(out), AutoTokenizer.from_pretrained(out)
    assert tokenizer.pad_token == "[PAD]"
    assert tokenizer.cls_token == "[CLS]"
    mine = predict(settings, trained, NEW, calibrated=True)
    for (words, *_), probabilities in zip(map(dataclasses.astuple, NEW), mine.probabilities, strict=True):
        given = tokenizer(list(words), is_split_into_words=True, return_tensors="pt")
        with torch.inference_mode():
            said = model(**given).logits[0].softmax(-1)
        first = [given.word_ids().index(number) for number in range(len(words))]
        assert [model.config.id2label[int(row.argmax())] for row in said[first]] == [
            mine.classes[int(row.argmax())] for row in probabilities
        ]
        assert torch.allclose(said[first], torch.tensor(probabilities), atol=2e-2)  # the student may run in bfloat16
    with pytest.raises(LlmaaaError, match="is there already"):
        export_model(trained, out, "", NEW)


def test_what_no_plain_model_can_say_is_not_exported(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path
) -> None:
    trained = _trained(dataclasses.replace(settings, epochs=1, activation="gelu"), labels, tmp_path / "m")
    with pytest.raises(LlmaaaError, match="gelu"):
        export_model(trained, tmp_path / "plain", "", NEW)
    said = predict(settings, trained, NEW)
    record = json.loads((trained / "student.json").read_text())
    del record["settings"]["activation"]
    (trained / "student.json").write_text(json.dumps(record))  # as before it was a setting
    again = predict(settings, trained, NEW)
    assert all(np.array_equal(*pair) for pair in zip(said.probabilities, again.probabilities, strict=True))
    with pytest.raises(LlmaaaError, match="gelu"):
        export_model(trained, tmp_path / "plain", "", NEW)
    with pytest.raises(LlmaaaError, match=r"activation = gelu, not none, .*student\.warm = false"):
        train(settings, "ner", labels, toy(4), (), tmp_path / "n", 1, lambda _: None, lambda: False, warm=trained)
