"""Every word gets its sub-words and exactly one window that answers for it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from llmaaa_tui.student import words
from llmaaa_tui.student.encoder import read_tokenizer, resolve
from llmaaa_tui.student.words import Pieces, Window, pieces_of


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> Tokenizer:
    return read_tokenizer(resolve(str(tiny), weights=False))


def answered(windows: list[Window]) -> list[int]:
    return [word for window in windows for word in range(window.start, window.start + len(window.first))]


def test_a_long_sentence_gets_overlapping_windows_that_answer_for_every_word_once(tokenizer: Tokenizer) -> None:
    words = [random.Random(i).choice(["Rome", "Zebra", "xyz", "we", "."]) for i in range(1000)]
    pieces = Pieces(tokenizer, 64)
    windows = pieces.windows([words])
    assert answered(windows) == list(range(1000))
    assert max(len(window.ids) for window in windows) <= 64
    assert sum(len(window.ids) - 2 for window in windows) > sum(len(ids) for ids in pieces.of(words))
    for window in windows[1:-1]:
        # Context on both sides: the first word it answers for is not its first, the last not its last.
        assert window.first[0] > 1
        assert window.first[-1] < len(window.ids) - 2


def test_first_points_at_the_first_sub_word_of_each_word(tokenizer: Tokenizer) -> None:
    words = ["Ada", "zzz", "Rome"] * 40
    pieces = Pieces(tokenizer, 48)
    ids = pieces.of(words)
    assert len(ids[1]) == 3
    for window in pieces.windows([words]):
        for offset, position in enumerate(window.first):
            assert window.ids[position] == ids[window.start + offset][0]


@pytest.mark.parametrize("seed", range(40))
def test_windows_hold_for_words_of_any_size(tokenizer: Tokenizer, seed: int) -> None:
    draw = random.Random(seed)
    limit = draw.randint(3, 30)
    words = ["z" * draw.choice([1, 1, 2, 5, limit, 40]) for _ in range(draw.randint(0, 60))]
    pieces = Pieces(tokenizer, limit)
    windows = pieces.windows([words])
    assert answered(windows) == list(range(len(words)))
    assert all(len(window.ids) <= limit for window in windows)
    assert sum(window.cut for window in windows) == sum(len(word) > limit - 2 for word in words)


def test_a_word_without_sub_words_becomes_the_unknown_one(tokenizer: Tokenizer) -> None:
    assert Pieces(tokenizer, 16).of(["\u200d", "Rome"])[0] == (tokenizer.token_to_id("[UNK]"),)


def test_a_sentence_without_words_still_has_a_window(tokenizer: Tokenizer) -> None:
    (window,) = Pieces(tokenizer, 16).windows([()])
    assert window.first == ()
    assert len(window.ids) == 2


def test_byte_level_words_are_read_as_inside_a_sentence() -> None:
    text = "the cat and the hat and the bat sat in the flat"
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator([text] * 5, trainers.BpeTrainer(vocab_size=300, show_progress=False))
    words = text.split()
    apart = [i for ids in Pieces(tokenizer, 64).of(words[1:]) for i in ids]
    assert apart == tokenizer.encode(" " + " ".join(words[1:])).ids


def test_long_texts_are_sliced_without_losing_a_sub_word(tokenizer: Tokenizer) -> None:
    text = "we met Ada in Rome . " * 30
    windows = Pieces(tokenizer, 32).slices([text, ""])
    inner = [i for window in windows if window.sentence == 0 for i in window.ids[1:-1]]
    assert inner == tokenizer.encode(text, add_special_tokens=False).ids
    assert [len(window.ids) for window in windows if window.sentence == 1] == [2]


def test_words_are_tokenised_once_a_process_and_forgotten_where_they_are_too_many(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, same = (read_tokenizer(resolve(str(tiny), weights=False)) for _ in range(2))
    pieces = pieces_of(mine, 16)
    assert pieces_of(same, 16) is pieces
    assert pieces_of(same, 17) is not pieces
    monkeypatch.setattr(words, "_KEPT", 2)
    long = "z" * 40
    sentences = [("Ada", "met", long), ("Dan",), ("Rome", long)]
    first = pieces.windows(sentences)
    again = pieces.windows(sentences, 5)
    assert [(w.ids, w.first, w.sentence + 5) for w in first] == [(w.ids, w.first, w.sentence) for w in again]
    assert [sum(w.cut for w in found) for found in (first, again)] == [2, 2]
