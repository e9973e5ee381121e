"""Each task through the same training: what is read, what is learnt, what a checkpoint remembers, what is refused."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_encoder import build_tiny_encoder
from torch import Tensor
from torch.nn import functional
from toy_corpus import toy
from toy_items import RELATIONS, SEVERAL, TOPICS, pairs, several, topics

from llmaaa_tui.core import tasks as core_tasks
from llmaaa_tui.core.annotation import ItemAnswer
from llmaaa_tui.core.document import NOTHING, Document, Labels, Pair, Span, from_words
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import State
from llmaaa_tui.core.tasks import ROOMS, Shape, Task
from llmaaa_tui.errors import LlmaaaError, SettingsError
from llmaaa_tui.student import checkpoint
from llmaaa_tui.student.aims import aimed
from llmaaa_tui.student.batches import Corpus
from llmaaa_tui.student.device import Device
from llmaaa_tui.student.encoder import load, resolve
from llmaaa_tui.student.examples import Example, Text, TrainResult
from llmaaa_tui.student.export import export_model
from llmaaa_tui.student.influence import direction, exact_scores, last_gradient, last_linears, last_scores
from llmaaa_tui.student.markers import first_marker
from llmaaa_tui.student.model import Classifier, logits_of, losses, pad
from llmaaa_tui.student.predict import predict
from llmaaa_tui.student.readouts import LONGEST, Mean
from llmaaa_tui.student.settings import StudentSettings
from llmaaa_tui.student.tasks import StudentTask, of
from llmaaa_tui.student.train import train
from llmaaa_tui.student.words import Pieces, Window

CPU = Device(torch.device("cpu"), torch.float32, "", 256)
RATES = (2e-4, 1e-3)
Items = Sequence[tuple[Document, Labels]]
ITEM_TASKS = [
    ("relation", RELATIONS, pairs),
    ("classification", TOPICS, topics),
    ("multilabel", SEVERAL, several),
]


def examples(task: str, labels: LabelSet, items: Items) -> list[Example]:
    room = of(task)
    return [Example(room.text(document), room.targets(document, said, labels)) for document, said in items]


def fit(
    settings: StudentSettings, task: str, labels: LabelSet, items: Items, dev: Items, out: Path, **more: Any
) -> TrainResult:
    given, watched = examples(task, labels, items), examples(task, labels, dev)
    return train(settings, task, labels, given, watched, out, 1, lambda _: None, lambda: False, **more)


@pytest.mark.parametrize(("task", "labels", "make"), ITEM_TASKS)
def test_each_task_learns_and_its_folder_alone_knows_all(
    settings: StudentSettings, tmp_path: Path, task: str, labels: LabelSet, make: Any
) -> None:
    quick = dataclasses.replace(settings, epochs=10, freeze_words=True, reweight="smoothed", soft_labels=True)
    meta = examples(task, labels, make(10, 5))
    result = fit(quick, task, labels, make(64), make(24, 7), tmp_path / "m", meta=meta)
    assert result.dev_f1 is not None
    assert result.dev_f1 > 0.9
    assert result.temperature is not None
    assert result.weights is not None
    held = make(40, 9)
    room = of(task)
    texts = [room.text(document) for document, _ in held]
    said = predict(settings, tmp_path / "m", texts, embeddings=True, gradients=True, draws=2)
    assert said.classes == room.classes(labels)
    answers = [
        room.answer(document, targets, probabilities, labels)
        for (document, _), targets, probabilities in zip(held, said.targets, said.probabilities, strict=True)
    ]
    right = sum(answer.labels == gold for answer, (_, gold) in zip(answers, held, strict=True))
    assert right >= 36
    assert {answer.state for answer in answers} <= {State.LABELLED, State.EMPTY}
    assert all(0 < (answer.confidence or 0) <= 1 for answer in answers)
    for array in said.probabilities:
        assert array.shape == (room.positions(texts[0], labels), len(said.classes))
        assert np.allclose(array.sum(axis=1), 1, atol=1e-4)
    assert said.embeddings is not None
    assert said.embeddings.shape == (40, 128 if task == "relation" else 64)
    assert said.gradients is not None
    assert said.gradients.any()
    assert said.draws is not None
    read = checkpoint.read(tmp_path / "m")
    assert (read.record["task"], read.labels, read.task) == (task, labels, room)
    with pytest.raises(LlmaaaError, match=rf"of the task {task} is no plain model of transformers, .*llmaaa predict"):
        export_model(tmp_path / "m", tmp_path / "plain", "", [])


@pytest.mark.parametrize(("task", "labels", "make"), ITEM_TASKS)
def test_the_same_seed_gives_the_same_student_of_every_task(
    settings: StudentSettings, tmp_path: Path, task: str, labels: LabelSet, make: Any
) -> None:
    short = dataclasses.replace(settings, epochs=1)
    for name in "ab":
        torch.rand(1)
        fit(short, task, labels, make(16), make(6, 7), tmp_path / name)
    a, b = (load_file(tmp_path / name / "model.safetensors") for name in "ab")
    assert all(torch.equal(a[key], b[key]) for key in a)
    still = dataclasses.replace(short, learning_rate=1e-9, head_learning_rate=1e-9)
    fit(still, task, labels, make(16), (), tmp_path / "warm", warm=tmp_path / "a")
    kept = load_file(tmp_path / "warm" / "model.safetensors")
    assert all(torch.allclose(a[key], kept[key], atol=1e-6) for key in a)
    other, names, its = ITEM_TASKS[ITEM_TASKS.index((task, labels, make)) - 1]
    with pytest.raises(LlmaaaError, match=rf"learnt the task {task}, not {other}, .*student\.warm = false"):
        fit(still, other, names, its(4), (), tmp_path / "x", warm=tmp_path / "a")


def test_pairs_of_one_sentence_are_told_apart(settings: StudentSettings, tmp_path: Path) -> None:
    fit(dataclasses.replace(settings, epochs=12), "relation", RELATIONS, pairs(80), (), tmp_path / "m")
    text, tokens = from_words(["Ada", "Lovelace", "moved", "to", "New", "Haven", "in", "spring", "."])
    person, place, word = (0, 12), (22, 31), tokens[2]
    documents = [
        Document(text, tokens, pair=Pair(*both)) for both in ((person, place), (place, person), (person, word))
    ]
    room = of("relation")
    said = predict(settings, tmp_path / "m", [room.text(one) for one in documents], embeddings=True)
    assert [targets[0] for targets in said.targets[:2]] == ["moved_to", "home_of"]
    assert said.embeddings is not None
    assert (said.embeddings @ said.embeddings.T)[np.triu_indices(3, 1)].max() < 0.999


def test_a_student_from_before_there_were_tasks_is_one_of_the_first(settings: StudentSettings, tmp_path: Path) -> None:
    labels = LabelSet.of(("PER", "LOC"))
    train(
        dataclasses.replace(settings, epochs=1),
        "ner",
        labels,
        toy(8),
        (),
        tmp_path / "m",
        1,
        lambda _: None,
        lambda: False,
    )
    words = [example.text for example in toy(5, 3)]
    before = predict(settings, tmp_path / "m", words)
    record = json.loads((tmp_path / "m" / "student.json").read_text(encoding="utf-8"))
    assert record["task"] == "ner"
    del record["task"], record["labels"]["negative"]
    (tmp_path / "m" / "student.json").write_text(json.dumps(record), encoding="utf-8")
    after = predict(settings, tmp_path / "m", words)
    assert all(np.array_equal(*both) for both in zip(before.probabilities, after.probabilities, strict=True))
    record["task"] = "translation"
    (tmp_path / "m" / "student.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(LlmaaaError, match="there is no task 'translation'; choose ner, relation"):
        predict(settings, tmp_path / "m", words)


def made(tiny: Path, task: str, labels: LabelSet, items: Items, limit: int) -> tuple[Classifier, Corpus]:
    tokenizer, encoder = load(resolve(str(tiny)))
    torch.manual_seed(3)
    pieces = Pieces(tokenizer, limit, first_marker(encoder, of(task).readout.markers))
    model = checkpoint.build(encoder, of(task), labels, 0.1, "gelu").eval()
    return model, Corpus.of(examples(task, labels, items), of(task), labels, pieces)


def test_yes_and_no_are_torchs_binary_cross_entropy(tiny: Path) -> None:
    model, corpus = made(tiny, "multilabel", SEVERAL, several(12), 64)
    rows = [windows[0] for windows in corpus.windows]
    ids, mask = pad(rows, 0, torch.device("cpu"))
    seen = model(ids, mask, rows)
    numbers = model.head(model.activation(seen.features))
    wanted = torch.tensor(corpus.classes, dtype=torch.float32)
    assert numbers.shape == wanted.shape == (12, 2)
    each = functional.binary_cross_entropy_with_logits(numbers, wanted, reduction="none")
    assert torch.allclose(losses(seen.logits, rows, corpus), each.sum(dim=1), atol=1e-5)
    assert torch.allclose(seen.logits.softmax(dim=1)[:, 1], numbers.sigmoid().flatten(), atol=1e-6)
    smooth = aimed(corpus, ("no", "yes"), StudentSettings(label_smoothing=0.2))
    each = functional.binary_cross_entropy_with_logits(numbers, 0.8 * wanted + 0.1, reduction="none")
    assert torch.allclose(losses(seen.logits, rows, smooth), each.sum(dim=1), atol=1e-5)
    assert torch.equal(logits_of(numbers, False), numbers)


@pytest.mark.parametrize(("task", "labels", "make"), ITEM_TASKS)
def test_the_gradients_of_an_item_are_those_that_autograd_finds(
    tiny: Path, task: str, labels: LabelSet, make: Any
) -> None:
    model, corpus = made(tiny, task, labels, make(8), 14 if task == "relation" else 9)
    assert {len(windows[0].more) for windows in corpus.windows} == ({0} if task == "relation" else {0, 1})
    corpus = aimed(corpus, of(task).classes(labels), StudentSettings(label_smoothing=0.1))
    batch, chosen = [4, 0, 5, 2], [1, 3, 7]
    parameters = dict(model.named_parameters())

    def gradients(index: int) -> dict[str, Tensor]:
        windows = corpus.windows[index]
        ids, mask = pad(windows, 0, torch.device("cpu"))
        loss = losses(model(ids, mask, windows).logits, windows, corpus).sum() / len(corpus.classes[index])
        return dict(zip(parameters, torch.autograd.grad(loss, [*parameters.values()]), strict=True))

    def product(one: dict[str, Tensor], other: dict[str, Tensor], names: Iterable[str]) -> float:
        return sum(RATES[name.startswith("head.")] * float((one[name] * other[name]).sum()) for name in names)

    gold = [gradients(index) for index in chosen]
    mean = {name: torch.stack([one[name] for one in gold]).mean(dim=0) for name in parameters}
    each = [gradients(index) for index in batch]
    # All parameters, markers included.
    along = direction(model, CPU, corpus, chosen, RATES)
    assert ("encoder.embeddings.word_embeddings.markers" in along) is (task == "relation")
    exact = [product(mean, one, parameters) for one in each]
    assert exact_scores(model, CPU, corpus, batch, along) == pytest.approx(exact, rel=1e-3, abs=1e-6)
    # The last layers alone, in one pass.
    last = [f"{name}.{part}" for name in last_linears(model) for part in ("weight", "bias")]
    near = last_gradient(model, CPU, corpus, chosen)
    assert torch.allclose(near["head"][0], mean["head.weight"], atol=1e-6)
    scores, lengths = last_scores(model, CPU, corpus, batch, near, RATES)
    assert scores == pytest.approx([product(mean, one, last) for one in each], rel=1e-3, abs=1e-7)
    assert lengths == pytest.approx([product(one, one, last) ** 0.5 for one in each], rel=1e-4)


def test_a_long_text_is_the_mean_over_all_its_windows(tiny: Path, settings: StudentSettings, tmp_path: Path) -> None:
    tokenizer, encoder = load(resolve(str(tiny)))
    pieces = Pieces(tokenizer, 12)
    long, short, none = (Text(("we", "met", "Ada", "Lovelace") * times) for times in (8, 2, 0))
    windows = Mean().windows(pieces, [short, long, none])
    assert [(len(one.ids), len(one.more), one.points, one.cut) for one in windows] == [
        (10, 0, 1, 0),
        (10, 3, 1, 0),
        (2, 0, 1, 0),
    ]
    ids, mask = pad(windows, 0, torch.device("cpu"))
    assert ids.shape == (6, 10)
    with torch.inference_mode():
        states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        found = Mean().features(states, mask, windows)
        alone = encoder(input_ids=torch.tensor([windows[1].ids, *windows[1].more])).last_hidden_state
    assert torch.allclose(found[1], alone.flatten(0, 1).mean(dim=0), atol=1e-5)
    # What is longer than is read at once is cut and counted.
    room = LONGEST * pieces.room
    (most,) = Mean().windows(pieces, [Text(("met",) * (room + 7))])
    assert (len(most.more), most.size, most.cut) == (LONGEST - 1, LONGEST * 12, 7)
    # A batch with long texts is taken in passes of few rows, and learns the same.
    calm = dataclasses.replace(settings, max_pieces=12, epochs=1, dropout=0.0, precision="float32")
    items = [(Document(*from_words(list(long.words))), Labels(classes=("people",))), *topics(7)]
    result = fit(dataclasses.replace(calm, micro_batch=1), "classification", TOPICS, items, (), tmp_path / "m")
    assert (result.micro_batch, result.cut_words) == (1, 0)
    said = predict(settings, tmp_path / "m", [long, short, none])
    assert [array.shape for array in said.probabilities] == [(1, 3)] * 3


def test_what_targets_hold_and_what_they_drop() -> None:
    document = Document("Ada Lovelace met Dan")
    spans = (Span(0, 3, "PER"), Span(0, 12, "PER"), Span(17, 20, "LOC"), Span(3, 4, "LOC"))
    labels = LabelSet.of(("PER", "LOC"))
    ner = of("ner")
    targets = ner.targets(document, Labels(spans), labels)
    assert targets == ("B-PER", "I-PER", "O", "B-LOC")
    assert ner.dropped(document, Labels(spans)) == 2
    assert ner.answer(document, targets, None, labels).labels == Labels((spans[1], spans[2]))
    sure = np.full((4, 5), 0.1, np.float32)
    sure[range(4), [1, 2, 0, 3]] = [0.6, 0.8, 0.9, 0.5]
    answer = ner.answer(document, targets, sure, labels)
    assert [round(span.confidence or 0, 4) for span in answer.spans] == [0.7, 0.5]
    assert answer.confidence == pytest.approx(0.7)
    assert ner.answer(document, ("O",) * 4, sure, labels).state is State.EMPTY
    whole = of("classification")
    assert whole.targets(document, Labels(classes=("people",)), TOPICS) == ("people",)
    assert whole.dropped(document, Labels(spans)) == 4
    with pytest.raises(ValueError, match="0 labels of an item that has exactly one"):
        whole.targets(document, NOTHING, TOPICS)
    many = of("multilabel")
    assert many.targets(document, NOTHING, SEVERAL) == ("no", "no")
    assert many.targets(document, Labels(classes=("place",)), SEVERAL) == ("no", "yes")
    with pytest.raises(ValueError, match="not in"):
        many.targets(document, Labels(classes=("thing",)), SEVERAL)
    both = np.array([[0.2, 0.8], [0.4, 0.6]], np.float32)
    assert many.decode([both], ("no", "yes")) == [["yes", "yes"]]
    answer = many.answer(document, ("yes", "no"), both, SEVERAL)
    assert (answer.state, answer.labels) == (State.LABELLED, Labels(classes=("person",)))
    assert answer.classes[0].confidence == pytest.approx(0.8)
    assert answer.confidence == pytest.approx(0.6)
    assert many.answer(document, ("no", "no"), None, SEVERAL) == ItemAnswer(State.EMPTY)
    with pytest.raises(SettingsError, match="there is no task 'translation'"):
        of("translation")


def test_the_score_is_micro_f1_without_the_negative_label() -> None:
    gold = [("moved_to",), ("no_relation",), ("home_of",), ("no_relation",)]
    said = [("moved_to",), ("home_of",), ("moved_to",), ("no_relation",)]
    assert of("relation").score(gold, said, RELATIONS) == pytest.approx(2 * 1 / (2 + 3))
    plain = LabelSet.of(RELATIONS.names)
    assert of("relation").score(gold, said, plain) == pytest.approx(0.5)  # the accuracy
    yes = [("yes", "no"), ("no", "yes"), ("no", "no")]
    assert of("multilabel").score(yes, [("yes", "yes"), ("no", "no"), ("no", "no")], SEVERAL) == pytest.approx(0.5)
    assert of("multilabel").score(yes[2:], yes[2:], SEVERAL) == 0.0


def test_chinese_is_learnt_character_by_character(settings: StudentSettings, tmp_path: Path) -> None:
    people, places = ("李明", "王芳", "欧阳修"), ("绍兴市", "北京", "上海")
    texts = [f"{who}在{where}工作，GDP增长。" for who in people for where in places]
    documents = [Document(text) for text in texts]
    gold = [
        Labels((Span(0, len(who), "人"), Span(len(who) + 1, len(who) + 1 + len(where), "地")))
        for who in people
        for where in places
    ]
    encoder = build_tiny_encoder(tmp_path / "zh", [" ".join(text) for text in texts])
    own = dataclasses.replace(settings, encoder=str(encoder), epochs=25)
    labels = LabelSet.of(("人", "地"))
    items = list(zip(documents, gold, strict=True))
    fit(own, "ner", labels, items * 3, (), tmp_path / "m")
    room = of("ner")
    said = predict(own, tmp_path / "m", [room.text(document) for document in documents])
    answers = [room.answer(*both, None, labels).labels for both in zip(documents, said.targets, strict=True)]
    assert answers == gold
    assert [documents[0].text[span.start : span.end] for span in answers[0].spans] == ["李明", "绍兴市"]


class LastWord:
    """A readout from outside: the state of the last sub-word of a text."""

    states, markers, single = 1, 0, True

    def windows(self, pieces: Pieces, texts: Sequence[Text], offset: int = 0) -> list[Window]:
        found = []
        for at, words in enumerate(pieces.of_all([text.words for text in texts]), offset):
            ids = [piece for word in words for piece in word][-pieces.room :]
            found.append(Window(at, (*pieces.prefix, *ids, *pieces.suffix), (len(pieces.prefix) + len(ids) - 1,), 0, 1))
        return found

    def features(self, states: Tensor, mask: Tensor, windows: Sequence[Window]) -> Tensor:
        return states[torch.arange(len(windows)), torch.tensor([window.first[0] for window in windows])]


def test_a_task_from_outside_brings_its_own_readout(
    settings: StudentSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    single = of("classification")

    class Ending(type(single)):  # type: ignore[misc]
        """The class of a text, seen at its last word."""

        readout = LastWord()

    module = ModuleType("toy_student")
    module.__dict__["TASK"] = Ending()
    monkeypatch.setitem(sys.modules, "toy_student", module)
    task = Task("ending", "endings", Shape.ONE, "text", "texts", dict.fromkeys(ROOMS, "toy_student:TASK"))
    monkeypatch.setattr(core_tasks, "TASKS", {**core_tasks.TASKS, "ending": task})
    core_tasks.get.cache_clear()
    found: StudentTask = of("ending")
    assert found is module.TASK
    labels = LabelSet.of(("stop", "go"))
    items = [
        (Document(f"{word} we met {end}"), Labels(classes=(name,)))
        for word in ("Ada", "Bo", "Dan")
        for end, name in (("Rome", "stop"), ("Oslo", "go"))
    ]
    fit(dataclasses.replace(settings, epochs=12), "ending", labels, items * 4, items, tmp_path / "m")
    said = predict(settings, tmp_path / "m", [found.text(document) for document, _ in items])
    assert [targets[0] for targets in said.targets] == [gold.classes[0] for _, gold in items]
    core_tasks.get.cache_clear()
