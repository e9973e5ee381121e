"""A pair in its text: markers where head and tail are, both always inside the window, states read at both starts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from llmaaa_tui.core.document import Document, Pair, from_words
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.student import checkpoint
from llmaaa_tui.student.encoder import load, read_tokenizer, resolve
from llmaaa_tui.student.examples import Text
from llmaaa_tui.student.markers import MarkedEmbedding, first_marker, freeze_words
from llmaaa_tui.student.model import pad
from llmaaa_tui.student.pairs import KIND, pair_windows
from llmaaa_tui.student.task_relation import TASK
from llmaaa_tui.student.words import Pieces, Window

MARKER = 10_000
NAMES = {MARKER: "<1>", MARKER + 1: "</1>", MARKER + 2: "<2>", MARKER + 3: "</2>"}


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> Tokenizer:
    return read_tokenizer(resolve(str(tiny), weights=False))


def shown(tokenizer: Tokenizer, window: Window) -> str:
    return " ".join(NAMES.get(piece) or str(tokenizer.id_to_token(piece)) for piece in window.ids)


@pytest.mark.parametrize(
    ("head", "tail", "wanted"),
    [
        ((0, 1), (3, 4), "<1> Ada </1> met in <2> Rome </2> ."),
        ((3, 4), (0, 1), "<2> Ada </2> met in <1> Rome </1> ."),
        ((0, 2), (2, 4), "<1> Ada met </1> <2> in Rome </2> ."),
        ((0, 4), (1, 2), "<1> Ada <2> met </2> in Rome </1> ."),
        ((1, 2), (0, 2), "<2> Ada <1> met </1> </2> in Rome ."),
        ((0, 2), (0, 4), "<2> <1> Ada met </1> in Rome </2> ."),
        ((0, 3), (1, 4), "<1> Ada <2> met in </1> Rome </2> ."),
        ((1, 2), (1, 2), "Ada <1> <2> met </2> </1> in Rome ."),
        ((2, 2), (1, 3), "Ada <2> met <1> </1> in </2> Rome ."),
        ((4, 5), (5, 5), "Ada met in Rome <1> . </1> <2> </2>"),
    ],
)
def test_markers_stand_around_head_and_tail_nested_and_overlapping_too(
    tokenizer: Tokenizer, head: tuple[int, int], tail: tuple[int, int], wanted: str
) -> None:
    text = Text(("Ada", "met", "in", "Rome", "."), head, tail)
    (window,) = pair_windows(Pieces(tokenizer, 64, MARKER), [text], 3)
    assert shown(tokenizer, window) == f"[CLS] {wanted} [SEP]"
    assert [window.ids[column] for column in window.first] == [MARKER, MARKER + 2]
    assert (window.sentence, window.start, window.points, window.cut) == (3, 0, 1, 0)


@pytest.mark.parametrize("seed", range(40))
def test_a_window_is_cut_around_the_pair_and_says_how_many_words_are_gone(tokenizer: Tokenizer, seed: int) -> None:
    draw = random.Random(seed)
    limit = draw.randint(6, 40)
    words = tuple("z" * draw.choice([1, 1, 2, 5, limit]) for _ in range(draw.randint(2, 80)))
    first, second = (draw.randrange(len(words)) for _ in range(2))
    head, tail = ((one, min(len(words), one + draw.choice([1, 1, 3, 30]))) for one in (first, second))
    (window,) = pair_windows(Pieces(tokenizer, limit, MARKER), [Text(words, head, tail)])
    assert len(window.ids) <= limit
    assert [window.ids[column] for column in window.first] == [MARKER, MARKER + 2]
    assert [window.ids.count(marker) for marker in NAMES] == [1, 1, 1, 1]
    whole = sum(map(len, words)) <= limit - 6
    assert (window.cut == 0) is whole


def test_what_lies_near_the_pair_is_kept_and_a_far_middle_left_out(tokenizer: Tokenizer) -> None:
    words = [*("w" * 20), "Ada", *("m" * 50), "Rome", *("e" * 20)]
    (window,) = pair_windows(Pieces(tokenizer, 18, MARKER), [Text(tuple(words), (20, 21), (71, 72))])
    kept = [NAMES.get(piece) or tokenizer.id_to_token(piece) for piece in window.ids[1:-1]]
    assert kept == [*"www", "<1>", "Ada", "</1>", *"mmm", *"mm", "<2>", "Rome", "</2>", *"ee"]
    assert window.cut == len(words) - 12
    with pytest.raises(ValueError, match="none for the 4 markers"):
        pair_windows(Pieces(tokenizer, 5, MARKER), [Text(("a", "b"), (0, 1), (1, 2))])
    with pytest.raises(ValueError, match="has no head and tail"):
        pair_windows(Pieces(tokenizer, 9, MARKER), [Text(("a", "b"))])


def test_what_head_and_tail_are_stands_behind_the_marker_that_opens_each(tokenizer: Tokenizer) -> None:
    words, head, tail = ("Ada", "met", "in", "Rome", "."), (0, 1), (3, 4)
    text = Text(words, head, tail, ("a person", ""))
    pieces = Pieces(tokenizer, 64, MARKER)
    (window,) = pair_windows(pieces, [text])
    kind = [str(tokenizer.id_to_token(piece)) for piece in (*pieces.of(["a"])[0], *pieces.of(["person"])[0])][:KIND]
    assert shown(tokenizer, window) == f"[CLS] <1> {' '.join(kind)} Ada </1> met in <2> Rome </2> . [SEP]"
    # Where there is hardly room for the text, it has that room.
    (window,) = pair_windows(Pieces(tokenizer, 9, MARKER), [text])
    assert shown(tokenizer, window).count("Ada") == 1
    assert len(window.ids) <= 9


def test_types_are_read_as_words() -> None:
    document = Document("Ada Rome", pair=Pair((0, 3), (4, 8), "PERSON", "STATE_OR_PROVINCE"))
    assert TASK.text(document).kinds == ("person", "state or province")


def test_words_are_split_where_head_and_tail_begin_and_end() -> None:
    text, tokens = from_words(["Ada-based", "firm", "Rome", "."])
    document = Document(text, tokens, pair=Pair((0, 3), (4, 14)))
    assert TASK.text(document) == Text(("Ada", "-", "based", "firm", "Rome", "."), (0, 1), (2, 4))
    # A stretch that no word of the source holds still has its place.
    gap = Document(text, (tokens[0], tokens[2]), pair=Pair((10, 14), (15, 19)))
    assert TASK.text(gap) == Text(("Ada-based", "Rome"), (1, 1), (1, 2))
    assert TASK.text(Document("李明在绍兴", pair=Pair((0, 2), (3, 5)))) == Text(tuple("李明在绍兴"), (0, 2), (3, 5))
    with pytest.raises(ValueError, match="no pair"):
        TASK.text(Document("Ada", name="x"))


def test_the_classifier_reads_the_states_at_both_markers_and_markers_are_learnt_where_words_are_not(tiny: Path) -> None:
    tokenizer, encoder = load(resolve(str(tiny)))
    torch.manual_seed(1)
    labels = LabelSet.of(("in", "of", "no_relation"), negative="no_relation")
    model = checkpoint.build(encoder, TASK, labels, 0.0, "none").eval()
    marker = first_marker(encoder, 4)
    assert marker == tokenizer.get_vocab_size()
    rows = pair_windows(
        Pieces(tokenizer, 64, marker),
        [Text(("Ada", "met", "Dan"), (0, 1), (2, 3)), Text(("we", "met", "Ada", "and", "Dan"), (4, 5), (2, 3))],
    )
    ids, mask = pad(rows, 0, torch.device("cpu"))
    seen = model(ids, mask, rows)
    for row, window in enumerate(rows):
        head, tail = (window.ids.index(marker + number) for number in (0, 2))
        wanted = torch.cat([seen.states[row, head], seen.states[row, tail]])
        assert torch.equal(seen.features[row], wanted)
    assert model.head.weight.shape == (3, 128)
    assert torch.allclose(seen.logits, seen.features @ model.head.weight.T + model.head.bias, atol=1e-6)
    freeze_words(model.encoder)
    torch.autograd.backward(torch.nn.functional.cross_entropy(model(ids, mask, rows).logits, torch.tensor([0, 1])))
    embeddings = model.encoder.get_input_embeddings()
    assert isinstance(embeddings, MarkedEmbedding)
    assert embeddings.weight.grad is None
    assert embeddings.markers.grad is not None
    assert bool((embeddings.markers.grad.abs().sum(dim=1) > 0).all())
    # A text cannot hold a marker, whatever it says.
    faked = Pieces(tokenizer, 64, marker).of(["[E1]", "<e1>", "[unused1]"])
    assert max(max(ids) for ids in faked) < marker
