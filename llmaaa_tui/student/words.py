"""From words to windows of sub-words: every word stands in exactly one window that answers for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any

from tokenizers import Tokenizer

from ..core.document import Offsets

# Distinct words remembered, some 250 bytes each.
_KEPT = 500_000


@dataclass(frozen=True, slots=True)
class Window:
    """One row of a batch, or several that are read as one.

    Args:
        sentence: index of the item it is cut from.
        ids: sub-word ids, special tokens included.
        first: the columns of `ids` that are read, e.g. the first sub-word of each word this window answers for.
        start: the first of the item's points (words, or the one point of a whole item) it answers for.
        points: how many; they are `start … start + points - 1`.
        more: further rows of sub-words that are read as one with `ids`, of a text longer than a window.
        cut: words that are not read, or of which only the first sub-words are.
    """

    sentence: int
    ids: tuple[int, ...]
    first: tuple[int, ...]
    start: int
    points: int = 0
    more: tuple[tuple[int, ...], ...] = ()
    cut: int = 0

    @property
    def size(self) -> int:
        """Sub-words of all its rows."""
        return len(self.ids) + sum(map(len, self.more))


@dataclass(frozen=True, slots=True)
class Slice(Window):
    """A window of a text that is read as it was written.

    Args:
        columns: of each marked stretch of the text, where its sub-words stand in `ids`.
    """

    columns: tuple[tuple[int, ...], ...] = ()


class Pieces:
    """Words to sub-word ids, each distinct word once (words are tokenised apart, so the cache is exact).

    Args:
        tokenizer: without truncation and padding.
        limit: sub-words of a window, special tokens included.
        marker: the id of the first marker that a task puts into its texts, see `markers`: no word has it.
    """

    def __init__(self, tokenizer: Tokenizer, limit: int, marker: int = 0) -> None:
        self.marker = marker
        self._tokenizer = tokenizer
        self._known: dict[str, tuple[int, ...]] = {}
        self.prefix, self.suffix = _special_ids(tokenizer)
        self.unknown = unknown_id(tokenizer)
        # Byte-level BPE writes a word inside a sentence with its space; a tokenizer that adds one adds no second.
        self._lead = " " if "ByteLevel" in repr(tokenizer.pre_tokenizer) else ""
        self.room = limit - len(self.prefix) - len(self.suffix)
        if self.room < 1:
            raise ValueError(f"a window of {limit} sub-words has no room for a word")

    def of(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """The sub-word ids of each word, at least one a word: the unknown id where the tokenizer leaves none."""
        self._learn(words)
        return list(map(self._known.__getitem__, words))

    def of_all(self, sentences: Sequence[Sequence[str]]) -> list[list[tuple[int, ...]]]:
        """The sub-word ids of each word of many sentences."""
        if len(self._known) > _KEPT:
            self._known.clear()
        self._learn(chain.from_iterable(sentences))
        known = self._known.__getitem__
        return [list(map(known, words)) for words in sentences]

    def windows(self, sentences: Sequence[Sequence[str]], offset: int = 0) -> list[Window]:
        """Cut every sentence into as few windows as hold it; a sentence without words gives one empty window.

        Args:
            sentences: words.
            offset: the index of the first of them.
        """
        return [
            window
            for index, words in enumerate(self.of_all(sentences), start=offset)
            for window in self._cut(index, words)
        ]

    def slices(
        self, texts: Sequence[str], offset: int = 0, marked: Sequence[Sequence[Offsets]] | None = None
    ) -> list[Slice]:
        """Cut whole texts into windows of like length that answer for no word; an empty text gives one.

        Args:
            texts: as written.
            offset: the index of the first of them.
            marked: of each text the stretches whose sub-words are to be known, by code points.
        """
        slices: list[Slice] = []
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for index, encoding in enumerate(encoded, start=offset):
            ids = encoding.ids
            stretches = marked[index - offset] if marked else ()
            places = encoding.offsets if stretches else []
            count = max(1, -(-len(ids) // self.room))
            for part in range(count):
                begin, end = part * len(ids) // count, (part + 1) * len(ids) // count
                columns = tuple(
                    tuple(
                        at for at, place in enumerate(places[begin:end], len(self.prefix)) if _overlap(place, stretch)
                    )
                    for stretch in stretches
                )
                inner = (*self.prefix, *ids[begin:end], *self.suffix)
                slices.append(Slice(index, inner, (), 0, columns=columns))
        return slices

    def _learn(self, words: Iterable[str]) -> None:
        fresh = [word for word in dict.fromkeys(words) if word not in self._known]
        encoded = self._tokenizer.encode_batch([self._lead + word for word in fresh], add_special_tokens=False)
        for word, encoding in zip(fresh, encoded, strict=True):
            self._known[word] = tuple(encoding.ids) or (self.unknown,)

    def _cut(self, sentence: int, words: Sequence[tuple[int, ...]]) -> Iterable[Window]:
        sizes = list(map(len, words))
        if sum(sizes) <= self.room:
            # Nearly every sentence: nothing is decided word by word.
            ids = (*self.prefix, *chain.from_iterable(words), *self.suffix)
            first = tuple(accumulate(sizes[:-1], initial=len(self.prefix))) if words else ()
            yield Window(sentence, ids, first, 0, len(first))
            return
        sizes = [min(size, self.room) for size in sizes]
        start, kept = 0, 0
        while True:
            end, used = start, 0
            while end < len(words) and used + sizes[end] <= self.room:
                used += sizes[end]
                end += 1
            following = self._next_start(sizes, end)
            # Half of the shared words go to each of two neighbours, so each is read with context on both sides.
            until = len(words) if end == len(words) else (following + end + 1) // 2
            yield self._window(sentence, words, start, end, kept, until)
            if end == len(words):
                return
            start, kept = following, until

    def _next_start(self, sizes: Sequence[int], end: int) -> int:
        """The first word of the window after `end`: a quarter of a window earlier, if word `end` still fits then."""
        if end == len(sizes):
            return end
        shared, start = 0, end
        allowed = min(self.room // 4, self.room - sizes[end])
        while start > 0 and shared + sizes[start - 1] <= allowed:
            start -= 1
            shared += sizes[start]
        return start

    def _window(
        self, sentence: int, words: Sequence[tuple[int, ...]], start: int, end: int, kept: int, until: int
    ) -> Window:
        ids = list(self.prefix)
        first: list[int] = []
        for index in range(start, end):
            if kept <= index < until:
                first.append(len(ids))
            ids.extend(words[index][: self.room])
        cut = sum(len(word) > self.room for word in words[kept:until])
        return Window(sentence, (*ids, *self.suffix), tuple(first), kept, len(first), cut=cut)


_shared: dict[tuple[str, int, int], Pieces] = {}


def pieces_of(tokenizer: Tokenizer, limit: int, marker: int = 0) -> Pieces:
    """These `Pieces`, the same in all calls of a process until others take their place: a pool is scored every round,
    and its words are tokenised once."""
    key = (tokenizer.to_str(), limit, marker)
    if key not in _shared:
        _shared.clear()
        _shared[key] = Pieces(tokenizer, limit, marker)
    return _shared[key]


def _overlap(one: Offsets, other: Offsets) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def unknown_id(tokenizer: Tokenizer) -> int:
    """The id of the unknown token, or 0 for a tokenizer that has none."""
    token = getattr(tokenizer.model, "unk_token", None)
    found = tokenizer.token_to_id(token) if isinstance(token, str) else getattr(tokenizer.model, "unk_id", None)
    if found is None:
        found = next((i for name in ("<unk>", "[UNK]") if (i := tokenizer.token_to_id(name)) is not None), 0)
    return int(found)


def position_limit(model: Any) -> int | None:
    """How many positions an encoder can read, None where it sets no bound.

    RoBERTa and its kin count positions from `padding_idx + 1`, so they read fewer than their config says.
    """
    most = getattr(model.config, "max_position_embeddings", None)
    if not isinstance(most, int) or most <= 0:
        return None
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return most - int(module.padding_idx) - 1
    return most


def _special_ids(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What the tokenizer puts before and after a sentence."""
    encoding = tokenizer.encode("a")
    inner = [index for index, special in enumerate(encoding.special_tokens_mask) if not special]
    if not inner:
        return tuple(encoding.ids), ()
    return tuple(encoding.ids[: inner[0]]), tuple(encoding.ids[inner[-1] + 1 :])
