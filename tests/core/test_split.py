"""Roles: exact sizes, the same proportions everywhere, and no copy between any two of them."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmaaa_tui.core.copies import CopyFinder
from llmaaa_tui.core.document import Document, Labels, Pair, Record, Span
from llmaaa_tui.core.split import (
    STRICTNESS,
    Move,
    Roles,
    draw,
    draw_from_dev,
    separate,
    split_gold,
)
from llmaaa_tui.core.states import Role

WORDS = [f"w{number}" for number in range(400)]


def record(text: str, *labels: str) -> Record:
    return Record(Document(text), Labels(tuple(Span(place, place + 1, label) for place, label in enumerate(labels))))


def gold(count: int, labels: tuple[str, ...] = ("PER", "LOC", "ORG", "")) -> list[Record]:
    """Sentences of unrelated words, their labels in turn."""
    draw = random.Random(count)
    return [
        record(" ".join(draw.choices(WORDS, k=8)), *filter(None, [labels[number % len(labels)]]))
        for number in range(count)
    ]


def names(records: list[Record]) -> Counter[str]:
    """How often each label is said."""
    return Counter(name for one in records if one.gold for name in one.gold.names)


@pytest.mark.parametrize("count", [60, 61, 65, 66, 67, 70, 75, 79, 99, 100, 101, 333, 1000, 1001])
def test_one_gold_set_is_split_40_30_30_with_20_at_least(count: int) -> None:
    sentences = gold(count)
    roles = split_gold(sentences, 7)
    sizes = {role: len(records) for role, records in roles.items()}
    assert sum(sizes.values()) == count
    assert min(sizes.values()) >= 20
    if 0.3 * count >= 20:
        wanted = {Role.DEV: 0.4, Role.DEMONSTRATION: 0.3, Role.META: 0.3}
        assert all(abs(sizes[role] - share * count) < 1 for role, share in wanted.items())
        assert count % 10 or sizes == {role: round(share * count) for role, share in wanted.items()}
    else:
        assert sizes[Role.DEMONSTRATION] == sizes[Role.META] == 20
    everything = [id(one) for records in roles.values() for one in records]
    assert sorted(everything) == sorted(map(id, sentences))
    assert roles == split_gold(sentences, 7)
    assert roles != split_gold(sentences, 8)


@pytest.mark.parametrize("count", [60, 90, 100, 300])
@pytest.mark.parametrize("labels", [("A", "B"), ("A", "B", "C"), ("A", "B", "C", ""), ("A", *[""] * 9)])
def test_every_role_has_its_share_of_every_label(count: int, labels: tuple[str, ...]) -> None:
    sentences = gold(count, labels)
    whole = names(sentences)
    for records in split_gold(sentences, 3).values():
        part = names(records)
        for label, there in whole.items():
            assert abs(part[label] - there * len(records) / count) <= 2


def test_fewer_than_60_are_refused_and_told_of_paper_mode() -> None:
    with pytest.raises(ValueError, match=r"at least 60 gold sentences, got 59: .*--mode paper"):
        split_gold(gold(59), 1)


def test_whatever_is_drawn_resembles_the_whole() -> None:
    sizes = (20, 30, 70)
    for size, drawn in zip(sizes, draw(gold(200, ("A", "B", "", "")), sizes, 1, "test"), strict=False):
        part = names(drawn)
        assert len(drawn) == size
        assert abs(part["A"] - size / 4) <= 1
        assert abs(part["B"] - size / 4) <= 1


@pytest.mark.parametrize(
    ("count", "wanted", "size"),
    [(1000, 2, 100), (300, 2, 100), (299, 2, 99), (90, 2, 30), (60, 2, 20), (500, 1, 100), (150, 1, 75), (40, 1, 20)],
)
def test_demonstrations_and_meta_are_drawn_from_dev(count: int, wanted: int, size: int) -> None:
    dev = gold(count)
    names = [Role.DEMONSTRATION, Role.META][:wanted]
    roles = draw_from_dev(dev, names, 1)
    assert [len(roles[name]) for name in names] == [size] * wanted
    assert len(roles[Role.DEV]) == count - wanted * size >= size
    assert sorted(id(one) for records in roles.values() for one in records) == sorted(map(id, dev))


def test_too_small_a_dev_is_refused() -> None:
    with pytest.raises(ValueError, match="59 dev sentences are too few to draw demonstration and meta"):
        draw_from_dev(gold(59), [Role.DEMONSTRATION, Role.META], 1)


# By brute force, from the words of the docstring alone: at least 80 % of the word trigrams shared.
def _trigrams(text: str) -> set[tuple[str, ...]]:
    words = text.casefold().replace(".", " ").replace(",", " ").split()
    return set(zip(words, words[1:], words[2:], strict=False)) if len(words) >= 3 else {tuple(words)}


def _is_copy(one: str, other: str) -> bool:
    first, second = _trigrams(one), _trigrams(other)
    return 5 * len(first & second) >= 4 * len(first | second)


@st.composite
def crowded(draw: st.DrawFn) -> Roles:
    """Roles whose sentences are often exact, near or not quite near copies of each other."""
    few = st.sampled_from(WORDS[:6])
    bases = draw(st.lists(st.lists(few, min_size=3, max_size=14), min_size=1, max_size=4))
    roles: Roles = {}
    for role in STRICTNESS:
        texts = []
        for _ in range(draw(st.integers(0, 5))):
            words = list(draw(st.sampled_from(bases)))
            for _ in range(draw(st.integers(0, 2))):
                place = draw(st.integers(0, len(words)))
                words[place : place + draw(st.integers(0, 1))] = draw(st.lists(few, max_size=1))
            text = " ".join(words) + draw(st.sampled_from(["", ".", " ,"]))
            texts.append(record(text.upper() if draw(st.booleans()) else text))
        roles[role] = texts
    return roles


@settings(max_examples=60)
@given(crowded())
def test_no_copy_is_left_between_any_two_roles(roles: Roles) -> None:
    before = {role: list(records) for role, records in roles.items()}
    apart = separate(roles)
    assert roles == before
    for one, other in itertools.combinations(STRICTNESS, 2):
        for first, second in itertools.product(apart.roles[one], apart.roles[other]):
            assert not _is_copy(first.document.text, second.document.text)
    for place, role in enumerate(STRICTNESS):
        kept = {id(one) for one in apart.roles[role]}
        gone = [one for one in roles[role] if id(one) not in kept]
        stricter = [one.document.text for name in STRICTNESS[:place] for one in apart.roles[name]]
        assert all(any(_is_copy(one.document.text, text) for text in stricter) for one in gone)
        assert sum(n for move, n in apart.moves.items() if move.source is role) == len(gone)
    assert apart.roles[Role.TEST] == roles[Role.TEST]


def test_the_stricter_role_wins_and_every_move_is_counted() -> None:
    text = "the quick brown fox jumps over the lazy dog near the old river bank today"
    near = text.replace("today", "now")
    far = "a quite different sentence that shares nothing with the others at all"
    apart = separate(
        {
            Role.POOL: [record(text), record(near), record(far), record(far)],
            Role.DEMONSTRATION: [record(far + " !")],
            Role.META: [record(near)],
            Role.DEV: [record(text.upper())],
            Role.TEST: [record("Another one entirely here")],
        }
    )
    assert {role: len(records) for role, records in apart.roles.items()} == {
        Role.TEST: 1,
        Role.DEV: 1,
        Role.META: 0,
        Role.DEMONSTRATION: 1,
        Role.POOL: 0,
    }
    assert apart.moves == {
        Move(Role.META, Role.DEV, "near"): 1,
        Move(Role.POOL, Role.DEV, "exact"): 1,
        Move(Role.POOL, Role.DEV, "near"): 1,
        Move(Role.POOL, Role.DEMONSTRATION, "exact"): 2,
    }


def test_copies_inside_a_role_stay() -> None:
    copies = [record("one two three four"), record("One two three four!")]
    for role in STRICTNESS:
        assert separate({role: copies}).roles[role] == copies


def pairs(sizes: list[int], seed: int = 0) -> list[Record]:
    """For each size a sentence with that many pairs, one in five of them related."""
    draw_one = random.Random(seed)
    found = []
    for number, size in enumerate(sizes):
        text = " ".join([f"s{number}", *draw_one.choices(WORDS, k=7)])
        for place in range(size):
            name = ("no_relation", "Kill", "no_relation", "Live_In", "no_relation")[(number + place) % 5]
            pair = Pair((0, 1), (2, 3 + place))
            found.append(Record(Document(text, pair=pair), Labels(classes=(name,))))
    draw_one.shuffle(found)
    return found


def texts_apart(roles: Roles) -> bool:
    """Whether no text stands in two roles."""
    held = [{one.document.text for one in records} for records in roles.values()]
    return all(one.isdisjoint(other) for one, other in itertools.combinations(held, 2))


@settings(max_examples=20)
@given(st.lists(st.integers(1, 30), min_size=30, max_size=80), st.integers(0, 3))
def test_pairs_of_a_text_stay_together_and_sizes_count_pairs(sizes: list[int], seed: int) -> None:
    records = pairs(sizes, seed)
    if len(records) < 150:
        return
    for roles in (split_gold(records, seed), draw_from_dev(records, [Role.DEMONSTRATION, Role.META], seed)):
        assert texts_apart(roles)
        assert sorted(id(one) for some in roles.values() for one in some) == sorted(map(id, records))
        assert min(map(len, roles.values())) >= 20
    shares = split_gold(records, seed)
    for role, share in ((Role.DEV, 0.4), (Role.DEMONSTRATION, 0.3), (Role.META, 0.3)):
        assert abs(len(shares[role]) - share * len(records)) <= 30, "no role is off by more than a text"
    demonstrations, meta, rest = draw(records, [50, 40], seed, "test")
    assert (len(demonstrations), len(meta)) <= (50, 40)
    assert len(demonstrations) + len(meta) + len(rest) == len(records)
    assert texts_apart({Role.DEMONSTRATION: demonstrations, Role.META: meta, Role.DEV: rest})


def test_one_text_with_most_of_the_pairs_leaves_enough_for_every_role() -> None:
    records = pairs([421, *[5] * 60])
    roles = split_gold(records, 1)
    assert max(map(len, roles.values())) == 421
    assert texts_apart(roles)
    assert min(map(len, roles.values())) >= 20
    demonstrations, _ = draw(records, [100], 1, "test")
    assert len(demonstrations) == 100, "the crowded text is passed over, not cut"
    with pytest.raises(ValueError, match=r"80 gold pairs of 2 texts leave 0 for \w+, where 20 are needed"):
        split_gold(pairs([40, 40]), 1, "pairs")


def test_pairs_of_a_copied_text_leave_the_laxer_role_together() -> None:
    pool, dev = pairs([6, 4, 3], 1), pairs([6], 1)
    apart = separate({Role.POOL: pool, Role.DEV: dev})
    assert (len(apart.roles[Role.POOL]), len(apart.roles[Role.DEV])) == (7, 6)
    assert apart.moves == {Move(Role.POOL, Role.DEV, "exact"): 6}


def test_copies_of_a_sentence_are_not_dealt_to_two_roles() -> None:
    sentences = gold(90)
    roles = split_gold([*sentences, *sentences[:30]], 1)
    assert texts_apart(roles)


@pytest.mark.parametrize(
    ("kept", "text", "kind"),
    [
        ("Ada met Bo in Rome .", "ada met bo in rome", "exact"),
        ("Cafe\u0301 Wien", "Café Wien", "exact"),
        ("ＡＢＣ def", "abc DEF", "exact"),
        ("今天天气很好，我们一起去北京看长城吧", "今天天气很好，我们一起去北京看长城", "near"),
        ("今天天气很好，我们去北京", "明天下雨，他们在上海", None),
        ("👍👍", "😢", None),
        ("👍👍", "👍👍", "exact"),
        ("!!!", "???", None),
        ("Rome", "Oslo", None),
        ("", "Oslo", None),
    ],
)
def test_what_counts_as_a_copy(kept: str, text: str, kind: str | None) -> None:
    finder = CopyFinder()
    finder.add(kept, Role.DEV)
    assert finder.find(text) == (None if kind is None else (Role.DEV, kind))


def test_the_report_is_the_same_whatever_the_hash_seed() -> None:
    script = (
        "from llmaaa_tui.core.copies import CopyFinder\n"
        "from llmaaa_tui.core.states import Role\n"
        "words = [f'w{n}' for n in range(30)]\n"
        "finder = CopyFinder()\n"
        "finder.add(' '.join([*words, 'x']), Role.DEV)\n"
        "finder.add(' '.join(['y', *words]), Role.META)\n"
        "print(finder.find(' '.join(words)))\n"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(6)
    }
    assert len(told) == 1
    assert "DEV" in told.pop()
