"""The choices of a training: balanced, smoothed and soft labels, going on from a student, smaller passes, precision."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional
from toy_corpus import toy

from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.errors import LlmaaaError, SettingsError
from llmaaa_tui.student import train as train_module
from llmaaa_tui.student.aims import aimed, balanced
from llmaaa_tui.student.batches import Corpus
from llmaaa_tui.student.calibrate import ece, recorded
from llmaaa_tui.student.checkpoint import read_record
from llmaaa_tui.student.device import pick
from llmaaa_tui.student.encoder import load, resolve
from llmaaa_tui.student.examples import Example, Text, TrainResult
from llmaaa_tui.student.model import losses, targets
from llmaaa_tui.student.predict import predict
from llmaaa_tui.student.settings import StudentSettings
from llmaaa_tui.student.task_ner import TASK
from llmaaa_tui.student.train import train
from llmaaa_tui.student.words import Pieces

SEVERAL = Example(
    Text(("Ada", "Rome")),
    ("B-PER", "O"),
    answers=(("B-PER", "O"), ("B-PER", "B-LOC"), ("B-PER", "O"), ("O", "B-LOC")),
)


def fit(
    settings: StudentSettings, labels: LabelSet, examples: Sequence[Example], out: Path, warm: Path | None = None
) -> TrainResult:
    return train(settings, "ner", labels, examples, toy(20, 7), out, 1, lambda _: None, lambda: False, warm=warm)


def weights(folder: Path) -> dict[str, Tensor]:
    return load_file(folder / "model.safetensors")


@pytest.fixture
def calm(settings: StudentSettings, tiny: Path, tmp_path: Path) -> StudentSettings:
    """The same in float32 and without dropout, so that nothing but rounding differs."""
    folder = tmp_path / "calm"
    shutil.copytree(tiny, folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return dataclasses.replace(settings, encoder=str(folder), dropout=0.0, precision="float32", epochs=2)


def test_the_loss_is_what_torch_computes(labels: LabelSet, tiny: Path) -> None:
    tokenizer, _ = load(resolve(str(tiny)))
    plain = Corpus.of([*toy(6), SEVERAL], TASK, labels, Pieces(tokenizer, 8))  # several windows for some
    rows = [window for windows in plain.windows for window in windows]
    assert len(rows) > len(plain.windows)
    count = sum(len(classes) for classes in plain.classes)
    logits = torch.randn(count, 5, generator=torch.Generator().manual_seed(1))
    wanted = targets(rows, plain, logits.device)
    assert wanted.tolist() == [tag for classes in plain.classes for tag in classes]
    ends = np.cumsum([row.points for row in rows])
    assert aimed(plain, labels.iob2, StudentSettings()) is plain
    each = functional.cross_entropy(logits, wanted, reduction="none")
    assert torch.allclose(losses(logits, rows, plain).cumsum(0), each.cumsum(0)[ends - 1], atol=1e-4)
    settings = StudentSettings(class_weights="balanced", label_smoothing=0.2)
    expected = functional.cross_entropy(
        logits,
        wanted,
        weight=torch.from_numpy(balanced(plain.classes, 5)),
        label_smoothing=0.2,
        reduction="none",
    )
    found = losses(logits, rows, aimed(plain, labels.iob2, settings))
    assert torch.allclose(found.cumsum(0), expected.cumsum(0)[ends - 1], atol=1e-4)


def test_soft_labels_are_the_shares_of_the_answers(labels: LabelSet, tiny: Path) -> None:
    tokenizer, _ = load(resolve(str(tiny)))
    judged = dataclasses.replace(SEVERAL, trusted=True)
    once = dataclasses.replace(SEVERAL, answers=SEVERAL.answers[1:2])
    corpus = Corpus.of([SEVERAL, judged, once], TASK, labels, Pieces(tokenizer, 64))
    soft = aimed(corpus, labels.iob2, StudentSettings(soft_labels=True)).aims
    assert soft is not None
    person, place = labels.iob2.index("B-PER"), labels.iob2.index("B-LOC")
    assert soft[0][0, [0, person]].tolist() == [0.25, 0.75]
    assert soft[0][1, [0, place]].tolist() == [0.5, 0.5]
    for kept in soft[1:]:  # a person had the last word, and one answer is no vote
        assert np.array_equal(kept, np.eye(5, dtype=np.float32)[list(corpus.classes[1])])
    assert aimed(corpus, labels.iob2, StudentSettings()).aims is None
    with pytest.raises(ValueError, match="B-ORG"):
        Corpus.of([Example(Text(("x",)), ("O",), answers=(("O",), ("B-ORG",)))], TASK, labels, Pieces(tokenizer, 64))


def test_balanced_words_count_once_on_average_and_the_rarest_ten_times_the_commonest() -> None:
    classes = [[0] * 96 + [1] * 3, [2]]
    found = balanced(classes, 4)
    assert sum(found[tag] for words in classes for tag in words) / 100 == pytest.approx(1.0)
    assert found[2] / found[0] == pytest.approx(10.0)
    assert found[3] == found[2]
    assert balanced([[0, 1, 0, 1, 1, 1]], 2) == pytest.approx([1.5, 0.75])


def test_smaller_passes_give_the_same_student(calm: StudentSettings, labels: LabelSet, tmp_path: Path) -> None:
    odd = dataclasses.replace(calm, class_weights="balanced", label_smoothing=0.1, soft_labels=True)
    examples = [*toy(20), SEVERAL]
    whole = fit(odd, labels, examples, tmp_path / "whole")
    small = fit(dataclasses.replace(odd, micro_batch=3), labels, examples, tmp_path / "small")
    assert (whole.micro_batch, small.micro_batch, small.steps) == (8, 3, whole.steps)
    one, other = weights(tmp_path / "whole"), weights(tmp_path / "small")
    assert all(torch.allclose(one[name], other[name], atol=2e-4) for name in one)
    fit(dataclasses.replace(odd, micro_batch=3), labels, examples, tmp_path / "again")
    assert all(torch.equal(other[name], value) for name, value in weights(tmp_path / "again").items())
    plain = fit(calm, labels, examples, tmp_path / "plain")
    assert plain.steps == whole.steps
    assert not torch.allclose(weights(tmp_path / "plain")["head.bias"], one["head.bias"], atol=2e-4)


def test_a_warm_training_goes_on_from_the_student_before(
    calm: StudentSettings, labels: LabelSet, tiny: Path, tmp_path: Path
) -> None:
    learnt = dataclasses.replace(calm, epochs=6)
    fit(learnt, labels, toy(60), tmp_path / "round-001")
    assert read_record(tmp_path / "round-001")["warm"] is None
    still = dataclasses.replace(calm, epochs=1, learning_rate=1e-9, head_learning_rate=1e-9)
    result = fit(still, labels, toy(60), tmp_path / "warm", tmp_path / "round-001")
    before, after = weights(tmp_path / "round-001"), weights(tmp_path / "warm")
    assert all(torch.allclose(before[name], after[name], atol=1e-6) for name in before)
    assert result.dev_f1 == read_record(tmp_path / "round-001")["dev_f1"]
    assert read_record(tmp_path / "warm")["warm"] == "round-001"
    for name in ("a", "b"):
        fit(dataclasses.replace(learnt, epochs=1), labels, toy(60), tmp_path / name, tmp_path / "round-001")
    assert all(torch.equal(value, weights(tmp_path / "b")[name]) for name, value in weights(tmp_path / "a").items())
    with pytest.raises(LlmaaaError, match=r"knows the labels PER, LOC, not LOC, PER, .*student\.warm = false"):
        fit(still, LabelSet.of(("LOC", "PER")), toy(8), tmp_path / "m", tmp_path / "round-001")
    record = json.loads((tmp_path / "round-001" / "student.json").read_text(encoding="utf-8"))
    record["encoder"] |= {"name": "other", "sha": "0"}
    (tmp_path / "round-001" / "student.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(LlmaaaError, match=r"built on other, not on .*student\.warm = false"):
        fit(still, labels, toy(8), tmp_path / "m", tmp_path / "round-001")
    with pytest.raises(LlmaaaError, match="no trained student is here"):
        fit(still, labels, toy(8), tmp_path / "m", tmp_path / "nothing")


def test_the_temperature_is_of_the_student_that_is_kept_and_fitted_on_all_of_dev(
    calm: StudentSettings, labels: LabelSet, tmp_path: Path
) -> None:
    # Dev contradicts what is learnt, so the first epoch is the best.
    contrary = [Example(e.text, tuple("B-LOC" if tag == "O" else "O" for tag in e.targets)) for e in toy(30, 7)]
    dev = [*contrary, Example(Text(()), ())]
    few = dataclasses.replace(calm, early_stopping_size=5, epochs=3)
    result = train(few, "ner", labels, toy(40), dev, tmp_path / "m", 1, lambda _: None, lambda: False)
    assert (result.best_epoch, result.epochs) == (1, 3)
    found = recorded(read_record(tmp_path / "m"))
    assert found is not None
    assert found.words == sum(len(example.text.words) for example in dev)
    said = predict(few, tmp_path / "m", [example.text for example in contrary]).probabilities
    right = [[labels.iob2.index(tag) for tag in example.targets] for example in contrary]
    assert found.ece_raw == pytest.approx(ece(np.concatenate(said), np.concatenate(right)), abs=1e-4)
    assert (result.temperature, result.ece, result.ece_raw) == (found.temperature, found.ece, found.ece_raw)
    assert 0 <= found.ece <= 1
    none = train(few, "ner", labels, toy(8), (), tmp_path / "n", 1, lambda _: None, lambda: False)
    assert none.temperature is None
    assert recorded(read_record(tmp_path / "n")) is None


def test_a_choice_that_cannot_be_is_one_sentence(settings: StudentSettings, labels: LabelSet, tmp_path: Path) -> None:
    for key, value in (
        ("label_smoothing", 1.0),
        ("label_smoothing", -0.1),
        ("class_weights", "sqrt"),
        ("precision", "int8"),
        ("micro_batch", -1),
    ):
        with pytest.raises(SettingsError, match=rf"^student\.{key}: "):
            StudentSettings(**{key: value})  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=r"student\.precision: float16 needs a graphics card"):
        fit(dataclasses.replace(settings, precision="float16"), labels, toy(8), tmp_path / "m")


def test_float16_learns_as_float32_does(
    calm: StudentSettings, labels: LabelSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Refused on a CPU because it is slow there; what it computes is the same as on a card.
    half = dataclasses.replace(pick("cpu"), precision=torch.float16)
    scaled: list[float] = []
    real = torch.amp.GradScaler.step

    def step(self: torch.amp.GradScaler, optimizer: torch.optim.Optimizer) -> float | None:
        scaled.append(self.get_scale())
        return real(self, optimizer)

    monkeypatch.setattr(torch.amp.GradScaler, "step", step)
    fit(calm, labels, toy(40), tmp_path / "whole")
    assert set(scaled) == {1.0}
    monkeypatch.setattr(train_module, "pick", lambda *_: half)
    result = fit(calm, labels, toy(40), tmp_path / "half")
    assert scaled[-1] > 1
    assert result.dev_loss == pytest.approx(read_record(tmp_path / "whole")["dev_loss"], rel=0.05)
    one, other = weights(tmp_path / "whole"), weights(tmp_path / "half")
    assert 0 < max(float((one[name] - other[name]).abs().max()) for name in one) < 0.02


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_a_card_learns_in_every_precision(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path, precision: str
) -> None:
    result = fit(dataclasses.replace(settings, device="cuda", precision=precision), labels, toy(80), tmp_path / "m")
    assert result.dev_f1 is not None
    assert result.dev_f1 > 0.9
