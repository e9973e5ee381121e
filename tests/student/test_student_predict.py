"""Prediction and embedding: every word answered, in order, windows joined, vectors of length 1."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_corpus import texts, toy

from llmaaa_tui.core.document import Pair
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.errors import LlmaaaError
from llmaaa_tui.student.embed import embed
from llmaaa_tui.student.encoder import load, resolve
from llmaaa_tui.student.export import export_model
from llmaaa_tui.student.predict import predict
from llmaaa_tui.student.settings import StudentSettings
from llmaaa_tui.student.train import train


@pytest.fixture(scope="module")
def student(tiny: Path, labels: LabelSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = StudentSettings(
        encoder=str(tiny),
        device="cpu",
        threads=1,
        epochs=8,
        learning_rate=2e-3,
        head_learning_rate=4e-3,
        max_pieces=64,
        freeze_words=False,
    )
    out = tmp_path_factory.mktemp("models") / "m"
    train(settings, "ner", labels, toy(80), (), out, 1, lambda _: None, lambda: False)
    return out


def test_a_sentence_of_1000_words_is_answered_word_by_word(settings: StudentSettings, student: Path) -> None:
    words = tuple(("Ada", "moved", "to", "Rome", "in", "spring", ".", "we", "met", "Dan") * 100)
    found = predict(settings, student, texts([words, ("Ada",)]), embeddings=True)
    assert len(found.targets[0]) == 1000
    assert found.probabilities[0].shape == (1000, 5)
    assert np.allclose(found.probabilities[0].sum(axis=1), 1, atol=1e-4)
    # Windows are joined in place: a name is found wherever it stands.
    assert sum(found.targets[0][at] == "B-LOC" for at in range(3, 1000, 10)) > 90
    assert found.embeddings is not None
    assert np.allclose(np.linalg.norm(found.embeddings, axis=1), 1, atol=1e-5)


def test_answers_keep_the_order_of_the_questions(settings: StudentSettings, student: Path) -> None:
    sentences = [example.text.words for example in toy(50, 3)]
    sentences.insert(7, ())
    together = predict(settings, student, texts(sentences), embeddings=True)
    assert [len(tags) for tags in together.targets] == [len(words) for words in sentences]
    assert together.embeddings is not None
    for index in (0, 7, 31, 50):
        alone = predict(settings, student, texts([sentences[index]]), embeddings=True)
        assert alone.embeddings is not None
        assert np.allclose(alone.probabilities[0], together.probabilities[index], atol=3e-2)
        assert float(alone.embeddings[0] @ together.embeddings[index]) > 0.999


def test_tags_are_legal_iob2(settings: StudentSettings, student: Path) -> None:
    found = predict(settings, student, texts([("zzz", "Ruiz", "Stone", "Haven", "Said") * 5] * 3))
    for tags in found.targets:
        for before, after in zip(["O", *tags], tags, strict=False):
            assert not after.startswith("I-") or before[2:] == after[2:]


def test_predicting_and_exporting_leave_the_callers_random_numbers_alone(
    settings: StudentSettings, student: Path, tiny: Path, tmp_path: Path
) -> None:
    before = torch.get_rng_state()
    predict(settings, student, texts([("Ada",)]), embeddings=True, gradients=True, draws=2)
    embed(str(tiny), ["Ada"], settings=settings)
    export_model(student, tmp_path / "plain", "a card", texts([("Ada",)]))
    assert torch.equal(torch.get_rng_state(), before)


def test_progress_ends_at_the_whole(settings: StudentSettings, student: Path) -> None:
    told: list[tuple[int, int]] = []
    small = dataclasses.replace(settings, token_budget=64)
    predict(small, student, [e.text for e in toy(20)], progress=lambda done, total: told.append((done, total)))
    assert len(told) > 1
    assert told[-1][0] == told[-1][1]
    assert told == sorted(told)


def test_no_sentences_and_no_student(settings: StudentSettings, student: Path, tmp_path: Path) -> None:
    nothing = predict(settings, student, [], embeddings=True)
    assert nothing.targets == []
    with pytest.raises(LlmaaaError, match="no trained student"):
        predict(settings, tmp_path / "none", texts([("a",)]))


def test_a_damaged_student_is_one_sentence(settings: StudentSettings, student: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in student.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    (broken / "model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(LlmaaaError, match="damaged"):
        predict(settings, broken, texts([("a",)]))


def test_embeddings_are_the_mean_state_of_length_one(settings: StudentSettings, tiny: Path) -> None:
    texts = ["we met Ada in Rome .", "", "nothing happened " * 200]
    exact = dataclasses.replace(settings, max_pieces=64)
    vectors = embed(str(tiny), texts, settings=exact)
    assert vectors.shape == (3, 64)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    tokenizer, model = load(resolve(str(tiny)))
    with torch.inference_mode():
        state = model(input_ids=torch.tensor([tokenizer.encode(texts[0]).ids])).last_hidden_state[0].mean(dim=0)
    reference = (state / state.norm()).numpy()
    assert float(vectors[0] @ reference) > 0.999


def test_like_texts_lie_near_with_the_embedded_encoder(settings: StudentSettings) -> None:
    vectors = embed(
        "embedded", ["A cat sat on the mat.", "A kitten rests on a rug.", "Shares fell."], settings=settings
    )
    assert vectors.shape == (3, 384)
    assert vectors[0] @ vectors[1] > 0.4 > vectors[0] @ vectors[2]


def test_pairs_of_one_text_lie_apart_and_each_part_counts_a_third(settings: StudentSettings, tiny: Path) -> None:
    text = "we met Ada Lovelace in New Haven ."
    ada, haven, met = (7, 19), (23, 32), (3, 6)
    pairs = [Pair(ada, haven), Pair(haven, ada), Pair(ada, met), Pair((19, 20), ada)]
    exact = dataclasses.replace(settings, max_pieces=8)  # the pair may lie in different windows
    vectors = embed(str(tiny), [text] * 4, settings=exact, pairs=pairs)
    assert vectors.shape == (4, 192)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors @ vectors.T)[np.triu_indices(4, 1)].max() < 0.99
    whole, head, tail = np.split(vectors * np.sqrt(3), 3, axis=1)
    (plain,) = embed(str(tiny), [text], settings=exact, pairs=[None])
    assert np.allclose(whole, plain, atol=3e-2)
    assert np.allclose(head[0], tail[1], atol=3e-2)
    assert np.allclose(head[3], whole[3], atol=1e-6)  # no sub-word between two words
    tokenizer, model = load(resolve(str(tiny)))
    with torch.inference_mode():
        states = model(input_ids=torch.tensor([tokenizer.encode(text).ids])).last_hidden_state[0]
    place = states[6:8].mean(dim=0)
    (found,) = embed(str(tiny), [text], settings=settings, pairs=pairs[:1])
    assert float(found[128:] @ (place / place.norm()).numpy()) * np.sqrt(3) > 0.999
    with pytest.raises(ValueError, match="1 pairs for 2 texts"):
        embed(str(tiny), [text] * 2, settings=settings, pairs=[pairs[0], None])
