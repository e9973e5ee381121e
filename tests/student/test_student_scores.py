"""What a pass gives beside probabilities: gradient sketches, draws with dropout, calibrated confidences, in parts."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_corpus import texts, toy
from transformers import BertConfig, BertModel

from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.student import checkpoint, predict
from llmaaa_tui.student.batches import by_tokens
from llmaaa_tui.student.infer import dropping
from llmaaa_tui.student.model import pad
from llmaaa_tui.student.predict import Predictions
from llmaaa_tui.student.readouts import FirstSubWords
from llmaaa_tui.student.settings import StudentSettings
from llmaaa_tui.student.sketch import Sketcher, signs
from llmaaa_tui.student.train import train
from llmaaa_tui.student.words import Window, pieces_of


@pytest.fixture(scope="module")
def student(tiny: Path, labels: LabelSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = StudentSettings(
        encoder=str(tiny), device="cpu", threads=1, epochs=1, learning_rate=2e-3, max_pieces=32, freeze_words=False
    )
    out = tmp_path_factory.mktemp("models") / "m"
    train(settings, "ner", labels, toy(40), (), out, 1, lambda _: None, lambda: False)
    return out


@pytest.fixture
def exact(settings: StudentSettings) -> StudentSettings:
    return dataclasses.replace(settings, precision="float32", token_budget=128)


SIGNS = [
    [1, 1, 1, -1, 1, -1, 1, -1, 1, 1, -1, -1],
    [-1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1, -1],
    [-1, 1, 1, -1, -1, -1, 1, 1, 1, 1, -1, -1],
]
SENTENCES = [(), *(example.text.words for example in toy(40, 5)), toy(1, 6)[0].text.words * 9]
TEXTS = texts(SENTENCES)


def test_sketches_keep_the_inner_products_of_the_gradients(exact: StudentSettings, student: Path) -> None:
    """The reference is the gradient that autograd finds in the weights of the linear layer."""
    found = predict.predict(exact, student, TEXTS, gradients=True)
    assert found.gradients is not None
    assert found.gradients.shape == (len(SENTENCES), 384)
    read = checkpoint.read(student)
    gradients = []
    for windows in (pieces_of(read.tokenizer, 32).windows([words]) for words in SENTENCES):
        ids, mask = pad(windows, 0, torch.device("cpu"))
        logits = read.model(ids, mask, windows).logits
        loss = torch.nn.functional.cross_entropy(logits, logits.argmax(dim=1), reduction="sum")
        gradients.append(torch.autograd.grad(loss, read.model.head.weight)[0].flatten().numpy())
    real = np.array(gradients)
    assert not found.gradients[0].any()
    assert not real[0].any()
    pairs = np.triu_indices(len(real))
    wanted, got = (real @ real.T)[pairs], (found.gradients @ found.gradients.T)[pairs]
    assert np.corrcoef(wanted, got)[0, 1] > 0.98
    lengths = np.linalg.norm(found.gradients, axis=1)[1:] / np.linalg.norm(real, axis=1)[1:]
    assert 0.9 < lengths.mean() < 1.1


def test_a_sketch_is_the_sum_over_words_and_its_signs_are_for_good() -> None:
    """The signs are written down here: another library's generator must not change them."""
    assert signs(3, 20200417)[:, :12].astype(int).tolist() == SIGNS
    draw = np.random.default_rng(0)
    probabilities = draw.dirichlet(np.ones(3), size=4).astype(np.float32)
    errors = probabilities - np.eye(3, dtype=np.float32)[probabilities.argmax(axis=1)]
    states = torch.from_numpy(draw.normal(size=(4, 8)).astype(np.float32))
    sketcher = Sketcher(3, 8, torch.device("cpu"))
    sketches = sketcher(torch.from_numpy(errors), states, torch.tensor([0, 2, 2, 2]), 3).numpy()
    for row, words in ((0, [0]), (1, []), (2, [1, 2, 3])):
        outer = sum((np.outer(errors[word], states[word].numpy()) for word in words), np.zeros((3, 8)))
        by_hand = np.einsum("tw,tk,wk->k", outer, signs(3, 20200417), signs(8, 20200418)) / np.sqrt(384)
        assert np.allclose(sketches[row], by_hand, atol=1e-4)


def members(found: Predictions) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    assert found.draws is not None
    return np.stack([np.concatenate(member) for member in found.draws])


def test_draws_differ_from_each_other_and_repeat_with_their_seed(exact: StudentSettings, student: Path) -> None:
    torch.manual_seed(7)
    plain = predict.predict(exact, student, TEXTS)
    left = torch.random.get_rng_state()
    torch.manual_seed(7)
    found = predict.predict(exact, student, TEXTS, draws=3, seed=5)
    # Nobody else's randomness moves with ours.
    assert torch.equal(left, torch.random.get_rng_state())
    assert all(np.array_equal(a, b) for a, b in zip(plain.probabilities, found.probabilities, strict=True))
    assert found.targets == plain.targets
    drawn = members(found)
    assert drawn.shape == (3, sum(map(len, SENTENCES)), 5)
    assert np.allclose(drawn.sum(axis=2), 1, atol=1e-4)
    assert np.ptp(drawn, axis=0).max() > 0.01
    # The mean over draws lies about the plain answer: they are noise around it, not another model.
    assert np.abs(drawn.mean(axis=0) - np.concatenate(plain.probabilities)).mean() < 0.1
    assert np.array_equal(drawn, members(predict.predict(exact, student, TEXTS, draws=3, seed=5)))
    # More draws leave the first ones as they are; another seed does not.
    assert np.array_equal(drawn[:2], members(predict.predict(exact, student, TEXTS, draws=2, seed=5)))
    assert not np.array_equal(drawn, members(predict.predict(exact, student, TEXTS, draws=3, seed=6)))


def test_dropping_switches_on_dropout_alone_attention_included() -> None:
    model = BertModel(BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=1, num_attention_heads=2)).eval()
    with dropping(model):
        on = {type(module).__name__ for module in model.modules() if module.training}
    assert {"Dropout", "BertSelfAttention"} <= on
    assert not {"LayerNorm", "Linear", "BertModel", "BertEncoder"} & on
    assert not any(module.training for module in model.modules())


def test_all_from_one_pass_is_what_each_alone_gives(
    exact: StudentSettings, student: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "PART", 7)
    told: list[tuple[int, int]] = []
    parts = predict.predict(
        exact, student, TEXTS, embeddings=True, gradients=True, progress=lambda *both: told.append(both)
    )
    assert told == sorted(told)
    assert told[-1] == (sum(map(len, SENTENCES)),) * 2
    monkeypatch.undo()
    whole = predict.predict(exact, student, TEXTS, embeddings=True)
    sketched = predict.predict(exact, student, TEXTS, gradients=True)
    assert whole.gradients is None
    assert whole.draws is None
    assert sketched.embeddings is None
    for array, other in zip(parts.probabilities, whole.probabilities, strict=True):
        assert np.allclose(array, other, atol=1e-5)
    for vectors, others in ((parts.embeddings, whole.embeddings), (parts.gradients, sketched.gradients)):
        assert vectors is not None
        assert others is not None
        assert np.allclose(vectors, others, atol=1e-4)


def test_calibrated_confidences_are_those_of_the_recorded_temperature(
    exact: StudentSettings, student: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "hot"
    shutil.copytree(student, folder)
    record = json.loads((folder / "student.json").read_text(encoding="utf-8"))
    record.update(temperature=2.0, ece=0.1, ece_raw=0.2, ece_words=100)
    (folder / "student.json").write_text(json.dumps(record), encoding="utf-8")
    plain = predict.predict(exact, folder, TEXTS)
    cooled = predict.predict(exact, folder, TEXTS, calibrated=True)
    for before, after in zip(plain.probabilities, cooled.probabilities, strict=True):
        roots = np.sqrt(before)
        assert np.allclose(after, roots / roots.sum(axis=1, keepdims=True), atol=1e-4)
    assert cooled.targets == plain.targets


def test_padding_and_first_sub_words_stand_where_a_loop_puts_them() -> None:
    rows = [Window(0, (2, 7, 8, 3), (1,), 0), Window(1, (2, 3), (), 0), Window(2, (2, 5, 6, 7, 3), (1, 2, 3), 4)]
    ids, mask = pad(rows, 9, torch.device("cpu"))
    assert ids.tolist() == [[2, 7, 8, 3, 9], [2, 3, 9, 9, 9], [2, 5, 6, 7, 3]]
    assert mask.tolist() == [[1, 1, 1, 1, 0], [1, 1, 0, 0, 0], [1, 1, 1, 1, 1]]
    states = torch.arange(15.0).reshape(3, 5, 1)
    assert FirstSubWords().features(states, mask, rows)[:, 0].tolist() == [1.0, 11.0, 12.0, 13.0]


@pytest.mark.parametrize("budget", [1, 40, 1024])
def test_batches_hold_every_window_once_in_order_within_the_budget(budget: int) -> None:
    draw = np.random.default_rng(budget)
    windows = [Window(at, (1,) * int(size), (), 0) for at, size in enumerate(draw.geometric(0.05, size=300) + 1)]
    batches = list(by_tokens(windows, budget))
    order = [index for batch in batches for index in batch]
    assert order == sorted(range(300), key=lambda index: (-len(windows[index].ids), index))
    padded = [len(windows[batch[0]].ids) * len(batch) for batch in batches]
    assert all(size <= budget or len(batch) == 1 for size, batch in zip(padded, batches, strict=True))
    if budget == 1024:
        assert sum(len(window.ids) for window in windows) / sum(padded) > 0.9
