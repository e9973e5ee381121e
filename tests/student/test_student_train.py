"""Training: it learns, repeats itself exactly, masks what is no word, and leaves a whole checkpoint or none."""

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
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from torch import Tensor
from toy_corpus import texts, toy
from transformers import RobertaConfig, RobertaModel

from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.errors import LlmaaaError, SettingsError
from llmaaa_tui.student import checkpoint
from llmaaa_tui.student import train as train_module
from llmaaa_tui.student.batches import Corpus
from llmaaa_tui.student.encoder import hub_off, load, resolve
from llmaaa_tui.student.examples import Example, Text, TrainProgress, TrainResult
from llmaaa_tui.student.model import Classifier, Seen, losses, pad
from llmaaa_tui.student.predict import predict
from llmaaa_tui.student.settings import StudentSettings, suited
from llmaaa_tui.student.task_ner import TASK
from llmaaa_tui.student.train import train
from llmaaa_tui.student.weigh import Step
from llmaaa_tui.student.words import Pieces, Window, position_limit


def fit(
    settings: StudentSettings,
    labels: LabelSet,
    examples: Sequence[Example],
    out: Path,
    *,
    dev: Sequence[Example] = (),
    seed: int = 1,
) -> TrainResult:
    return train(settings, "ner", labels, examples, dev, out, seed, lambda _: None, lambda: False)


def test_it_learns_a_toy_corpus_and_tells_how_far_it_is(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path
) -> None:
    told: list[TrainProgress] = []
    result = train(settings, "ner", labels, toy(80), toy(30, 7), tmp_path / "m", 1, told.append, lambda: False)
    held_out = toy(60, 9)
    found = predict(settings, tmp_path / "m", [example.text for example in held_out])
    wrong = sum(tuple(tags) != example.targets for tags, example in zip(found.targets, held_out, strict=True))
    assert wrong <= 3
    assert result.folder == tmp_path / "m"
    assert result.steps == told[-1].step <= told[-1].steps == 12 * 10
    assert told[0].dev_loss is None
    assert result.dev_loss is not None
    assert result.dev_loss < 0.2
    assert 0 < result.best_epoch <= result.epochs <= 12


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path
) -> None:
    short = dataclasses.replace(settings, epochs=2)
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        torch.rand(1)
        fit(short, labels, toy(30), tmp_path / name, dev=toy(10, 7), seed=seed)
    a, b, c = (load_file(tmp_path / name / "model.safetensors") for name in "abc")
    assert all(torch.equal(a[key], b[key]) for key in a)
    assert not torch.equal(a["head.weight"], c["head.weight"])
    words = [example.text for example in toy(20, 5)]
    one, two = (predict(short, tmp_path / name, words) for name in "ab")
    assert all(np.array_equal(x, y) for x, y in zip(one.probabilities, two.probabilities, strict=True))


def test_training_leaves_the_callers_random_numbers_alone(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path
) -> None:
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    fit(dataclasses.replace(settings, epochs=1), labels, toy(8), tmp_path / "m")
    assert torch.equal(torch.rand(3), expected)


def test_only_first_sub_words_are_learnt(settings: StudentSettings, labels: LabelSet, tiny: Path) -> None:
    tokenizer, encoder = load(resolve(str(tiny)))
    words = ("Ada", "zzzz", "left", "Rome")
    pieces = Pieces(tokenizer, 256)
    examples = [
        Example(Text(words), ("B-PER", "I-PER", "O", "B-LOC")),
        Example(Text(("Oslo",)), ("B-LOC",)),
    ]
    corpus = Corpus.of(examples, TASK, labels, pieces)
    rows = [window for windows in corpus.windows for window in windows]
    ids, mask = pad(rows, 0, torch.device("cpu"))
    n_pieces = [len(part) for part in pieces.of(words)]
    assert n_pieces[1] == 4
    first = torch.zeros(ids.shape, dtype=torch.bool)
    first[0, [1, 2, 6, 6 + n_pieces[2]]] = first[1, 1] = True
    model = checkpoint.build(encoder, TASK, labels, 0.0, "none").eval()
    states = torch.randn(*ids.shape, 64, requires_grad=True)
    features = model.readout.features(states, mask, rows)
    assert torch.equal(features, states[first])
    found = losses(model.head(features), rows, corpus)
    torch.autograd.backward(found.sum())
    assert states.grad is not None
    assert torch.equal(states.grad.abs().sum(dim=2) > 0, first)
    wanted = torch.nn.functional.cross_entropy(model.head(features), torch.tensor([1, 2, 0, 3, 3]), reduction="none")
    assert torch.allclose(found, torch.stack([wanted[:4].sum(), wanted[4]]))


def test_a_tag_outside_the_label_set_is_refused(settings: StudentSettings, labels: LabelSet, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="B-ORG"):
        fit(settings, labels, [Example(Text(("x",)), ("B-ORG",))], tmp_path / "m")
    with pytest.raises(ValueError, match="2 targets for 1 positions"):
        fit(settings, labels, [Example(Text(("x",)), ("O", "O"))], tmp_path / "m")
    with pytest.raises(ValueError, match="1 targets in an answer where the example has 2"):
        Example(Text(("x", "y")), ("O", "O"), answers=(("O",),))


def test_nothing_to_train_on_is_one_sentence(settings: StudentSettings, labels: LabelSet, tmp_path: Path) -> None:
    with pytest.raises(LlmaaaError, match="no labelled sentence"):
        fit(settings, labels, [Example(Text(()), ())], tmp_path / "m")


def test_a_training_that_ran_away_is_one_sentence_and_leaves_nothing(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path
) -> None:
    steep = dataclasses.replace(settings, learning_rate=1e6, head_learning_rate=1e6, precision="float32")
    with pytest.raises(LlmaaaError, match=r"ran away in epoch 1, .* lower student\.learning_rate and [a-z_.]+$"):
        fit(steep, labels, toy(40), tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_one_label_and_no_entity_at_all_train_too(settings: StudentSettings, tmp_path: Path) -> None:
    one = LabelSet.of(("PER",))
    short = dataclasses.replace(settings, epochs=2)
    fit(short, one, [Example(Text(("we", "met", ".")), ("O", "O", "O"))] * 3, tmp_path / "m")
    found = predict(short, tmp_path / "m", texts([("we", "met")]))
    assert found.classes == ("O", "B-PER", "I-PER")
    assert found.probabilities[0].shape == (2, 3)


def test_without_dev_all_epochs_run_and_with_it_patience_ends_them(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path
) -> None:
    short = dataclasses.replace(settings, epochs=4)
    result = fit(short, labels, toy(16), tmp_path / "a")
    assert (result.epochs, result.best_epoch, result.dev_loss) == (4, 4, None)
    # Dev that contradicts the training set gets worse from the start.
    contrary = [Example(e.text, tuple("B-LOC" if tag == "O" else "O" for tag in e.targets)) for e in toy(10)]
    result = fit(dataclasses.replace(settings, patience=2), labels, toy(40), tmp_path / "b", dev=contrary)
    assert result.best_epoch == 1
    assert result.epochs == 3


def test_the_best_epoch_is_what_is_kept(settings: StudentSettings, labels: LabelSet, tmp_path: Path) -> None:
    contrary = [Example(e.text, tuple("B-LOC" if tag == "O" else "O" for tag in e.targets)) for e in toy(10)]
    result = fit(dataclasses.replace(settings, patience=2), labels, toy(40), tmp_path / "m", dev=contrary)
    found = predict(settings, tmp_path / "m", [e.text for e in contrary])
    losses = [
        -np.mean([np.log(row[found.classes.index(tag)]) for row, tag in zip(array, example.targets, strict=True)])
        for array, example in zip(found.probabilities, contrary, strict=True)
    ]
    assert result.dev_loss == pytest.approx(float(np.mean(losses)), rel=2e-2)


def test_a_stopped_training_leaves_nothing(settings: StudentSettings, labels: LabelSet, tmp_path: Path) -> None:
    calls = 0

    def stop() -> bool:
        nonlocal calls
        calls += 1
        return calls > 3

    result = train(settings, "ner", labels, toy(40), (), tmp_path / "m", 1, lambda _: None, stop)
    assert result.folder is None
    assert result.steps == 3
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_appears_whole_or_not_at_all(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = dataclasses.replace(settings, epochs=1)
    out = tmp_path / "models" / "round-1"
    with monkeypatch.context() as patch:
        # The disk fills up at the last file.
        patch.setattr(Path, "write_text", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(OSError, match="No space"):
            fit(short, labels, toy(8), out)
    assert not out.exists()
    assert not checkpoint.is_complete(out)
    fit(short, labels, toy(8), out)
    assert checkpoint.is_complete(out)
    assert [path.name for path in out.parent.iterdir()] == ["round-1"]
    record = json.loads((out / "student.json").read_text(encoding="utf-8"))
    assert record["classes"] == list(labels.iob2)
    assert record["encoder"]["sha"] == resolve(settings.encoder).sha
    assert (record["seed"], record["torch"]) == (1, torch.__version__)
    fit(short, labels, toy(8), out, seed=2)
    assert json.loads((out / "student.json").read_text(encoding="utf-8"))["seed"] == 2


def test_the_folder_alone_is_enough(settings: StudentSettings, labels: LabelSet, tiny: Path, tmp_path: Path) -> None:
    copy = tmp_path / "encoder"
    shutil.copytree(tiny, copy)
    own = dataclasses.replace(settings, encoder=str(copy), epochs=1)
    fit(own, labels, toy(8), tmp_path / "m")
    before = predict(own, tmp_path / "m", texts([("Ada", "left")]))
    shutil.rmtree(copy)
    shutil.move(tmp_path / "m", tmp_path / "elsewhere")
    after = predict(own, tmp_path / "elsewhere", texts([("Ada", "left")]))
    assert np.array_equal(before.probabilities[0], after.probabilities[0])


def test_weights_count_and_all_zero_takes_no_step(
    settings: StudentSettings, labels: LabelSet, tiny: Path, tmp_path: Path
) -> None:
    silent = [dataclasses.replace(example, weight=0.0) for example in toy(16)]
    short = dataclasses.replace(settings, epochs=2)
    result = fit(short, labels, silent, tmp_path / "m")
    assert result.skipped == result.steps == 4
    _, base = load(resolve(str(tiny)))
    kept = load_file(tmp_path / "m" / "model.safetensors")
    assert all(torch.equal(kept[f"encoder.{name}"], value) for name, value in base.state_dict().items())
    # The same words with the other label, but at weight 0, teach nothing.
    lies = [Example(e.text, tuple(tag.replace("PER", "LOC") for tag in e.targets), weight=0.0) for e in toy(40, 3)]
    fit(dataclasses.replace(settings, epochs=10), labels, [*toy(60), *lies], tmp_path / "n")
    found = predict(settings, tmp_path / "n", [example.text for example in toy(30, 9)])
    right = sum(tuple(tags) == example.targets for tags, example in zip(found.targets, toy(30, 9), strict=True))
    assert right >= 27


def test_a_weigher_sees_the_whole_effective_batch_and_judges_every_example(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Noting:
        mixed = True

        def __init__(self) -> None:
            self.seen: list[int] = []

        def weigh(self, step: Step) -> list[float]:
            assert (step.epoch, step.epochs) == (1, 1)
            self.seen += step.batch
            return [1.0] * len(step.batch)

        def weights(self) -> tuple[float, ...]:
            return tuple(float(index) for index in range(20))

    noting = Noting()
    monkeypatch.setattr(train_module, "weigher_of", lambda *_: noting)
    examples = [Example(Text(()), ()), *toy(20)]
    result = fit(dataclasses.replace(settings, epochs=1), labels, examples, tmp_path / "m")
    assert sorted(noting.seen) == list(range(20))
    assert result.weights == (None, *(float(index) for index in range(20)))


def test_out_of_memory_halves_the_batch_and_changes_nothing_else(
    settings: StudentSettings, labels: LabelSet, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = tmp_path / "calm"
    shutil.copytree(tiny, calm)
    config = json.loads((calm / "config.json").read_text(encoding="utf-8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (calm / "config.json").write_text(json.dumps(config), encoding="utf-8")
    plain = dataclasses.replace(settings, encoder=str(calm), dropout=0.0, epochs=2, learning_rate=1e-3)
    fit(plain, labels, toy(24), tmp_path / "undisturbed")
    real = Classifier.forward

    def small_card(self: Classifier, ids: Tensor, mask: Tensor, windows: Sequence[Window]) -> Seen:
        if len(ids) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(self, ids, mask, windows)

    monkeypatch.setattr(Classifier, "forward", small_card)
    result = fit(plain, labels, toy(24), tmp_path / "disturbed", dev=())
    assert result.micro_batch == 2
    words = [example.text for example in toy(20, 5)]
    small = predict(plain, tmp_path / "undisturbed", words)
    monkeypatch.undo()
    whole = predict(plain, tmp_path / "undisturbed", words)
    halved = predict(plain, tmp_path / "disturbed", words)
    for one, two, three in zip(whole.probabilities, small.probabilities, halved.probabilities, strict=True):
        assert np.allclose(one, two, atol=2e-2)
        assert np.allclose(one, three, atol=5e-2)


def test_no_memory_for_one_sentence_is_one_sentence(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_card(self: Classifier, ids: Tensor, mask: Tensor, windows: Sequence[Window]) -> Seen:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(Classifier, "forward", no_card)
    with pytest.raises(LlmaaaError, match="not enough free memory for a single sentence"):
        fit(settings, labels, toy(8), tmp_path / "m")


def test_an_encoder_that_counts_positions_from_its_padding_reads_long_sentences(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path
) -> None:
    folder = tmp_path / "roberta"
    folder.mkdir()
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], show_progress=False)
    tokenizer.train_from_iterator([" ".join(example.text.words) for example in toy(50)], trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.save(str(folder / "tokenizer.json"))
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=34,
        pad_token_id=1,
    )
    with hub_off():
        RobertaModel(config).save_pretrained(folder)
    assert position_limit(RobertaModel(config)) == 32
    long = Example(Text(("Ada", "left", "Rome") * 60), ("B-PER", "O", "B-LOC") * 60)
    own = dataclasses.replace(settings, encoder=str(folder), epochs=1)
    fit(own, labels, [long, *toy(4)], tmp_path / "m")
    assert [len(tags) for tags in predict(own, tmp_path / "m", [long.text, Text(("Ada",))]).targets] == [180, 1]


def test_the_stopping_rule_can_be_the_loss(settings: StudentSettings, labels: LabelSet, tmp_path: Path) -> None:
    told: list[TrainProgress] = []
    by_loss = dataclasses.replace(settings, stop_on="loss", patience=99, epochs=8)
    result = train(by_loss, "ner", labels, toy(40), toy(20, 5), tmp_path / "m", 1, told.append, lambda: False)
    losses = {one.epoch: one.dev_loss for one in told if one.step == one.epoch * 5 and one.dev_loss is not None}
    assert result.dev_loss == min(losses.values())
    assert losses[result.best_epoch] == result.dev_loss
    with pytest.raises(SettingsError, match=r"student\.stop_on"):
        StudentSettings(stop_on="accuracy")


def test_what_is_left_open_suits_encoder_and_data() -> None:
    few, many = suited(StudentSettings(), 384, 50), suited(StudentSettings(), 384, 500)
    assert few.epochs > many.epochs > 0
    assert few.freeze_words
    base = suited(StudentSettings(), 768, 50)
    assert (base.learning_rate, base.head_learning_rate, base.epochs, base.patience) == (2e-5, 1e-4, 40, 5)
    assert not base.freeze_words
    own = suited(StudentSettings(epochs=3, learning_rate=0.5, batch=2, patience=1, freeze_words=False), 384, 50)
    assert (own.epochs, own.learning_rate, own.batch, own.patience, own.freeze_words) == (3, 0.5, 2, 1, False)


def test_frozen_word_embeddings_stay_and_the_rest_learns(
    settings: StudentSettings, labels: LabelSet, tiny: Path, tmp_path: Path
) -> None:
    fit(dataclasses.replace(settings, freeze_words=True, epochs=2), labels, toy(16), tmp_path / "m")
    _, base = load(resolve(str(tiny)))
    kept = load_file(tmp_path / "m" / "model.safetensors")
    changed = {name for name, value in base.state_dict().items() if not torch.equal(value, kept[f"encoder.{name}"])}
    assert "embeddings.word_embeddings.weight" not in changed
    assert "embeddings.position_embeddings.weight" in changed
