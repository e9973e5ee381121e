"""What probes do to texts: cut them in two, put other words or other names into them; pure, the same for a seed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..core.document import Document, Labels, Offsets, Span
from ..core.seeds import generator
from ..core.tokens import is_unspaced, word_offsets, words_of

LEAST_WORDS = 4
"""A text with fewer words, or characters where words have no spaces, has no half that is worth asking for."""
SHARE = 0.3
"""Of the kinds of words of a text, so many are exchanged in the wordings of a quiz, two at least."""
_LEAST_CHANGES = 2
_SHORT = 4
_ENDING = 2
_RUN = re.compile(r"\S+")

Names = Mapping[str, Sequence[str]]
"""Names by their label."""


def halves(text: str) -> tuple[str, str] | None:
    """The first half of a text's words, rounded up, and the rest; None where it is too short.

    Where most of it is written without spaces, characters are counted. Source: LLMs in the Loop, data leakage
    (half of the tokens), after Golchin & Surdeanu (arXiv 2308.08493).
    """
    text = text.strip()
    words = word_offsets(text) if _is_unspaced(text) else [run.span() for run in _RUN.finditer(text)]
    if len(words) < LEAST_WORDS:
        return None
    cut = words[-(-len(words) // 2)][0]
    return text[:cut].rstrip(), text[cut:]


def names_of(items: Iterable[tuple[Document, Labels]]) -> dict[str, tuple[str, ...]]:
    """Every name of these items by its label, each once, in a fixed order."""
    found: dict[str, set[str]] = defaultdict(set)
    for document, labels in items:
        for span in labels.spans:
            found[span.label].add(document.text[span.start : span.end])
    return {label: tuple(sorted(surfaces)) for label, surfaces in found.items()}


def perturb(document: Document, labels: Labels, names: Names, seed: int) -> tuple[Document, Labels] | None:
    """The text with other names of the same labels in place of its own, and where they stand now.

    A name that comes twice is replaced alike. Of the names of a label those that look like the old one (case,
    digits, number of words) are preferred, so that the new text is no harder to read.

    Args:
        names: to draw from, see `names_of`; those that the text holds are left out.

    Returns:
        None where there is nothing to replace (no name, labels of the whole item), where names overlap or end inside
        a word, or where no other name is known.
    """
    spans = sorted(labels.spans)
    words = words_of(document)
    starts, ends = {start for start, _ in words}, {end for _, end in words}
    if not spans or labels.classes or document.pair is not None:
        return None
    if any(second.start < first.end for first, second in pairwise(spans)):
        return None
    if any(span.start not in starts or span.end not in ends for span in spans):
        return None
    own = {document.text[span.start : span.end].casefold() for span in spans}
    given: dict[tuple[str, str], str] = {}
    for span in spans:
        surface = document.text[span.start : span.end]
        if (span.label, surface) in given:
            continue
        others = [name for name in names.get(span.label, ()) if name.casefold() not in own]
        drawn = _like(surface, [name for name in others if name not in given.values()] or others)
        if not drawn:
            return None
        rng = generator(seed, 0, "leakage other name", f"{document.sha256}:{span.label}:{surface}")
        given[span.label, surface] = rng.choice(drawn)
    return _with_names(document, spans, [given[one.label, document.text[one.start : one.end]] for one in spans])


def _with_names(document: Document, spans: Sequence[Span], names: Sequence[str]) -> tuple[Document, Labels]:
    text, at = "", 0
    tokens: list[Offsets] = []
    said: list[Span] = []
    words = words_of(document)
    spaced = document.text == " ".join(document.text[start:end] for start, end in words)

    def keep(until: int) -> None:
        nonlocal text
        tokens.extend((start - at + len(text), end - at + len(text)) for start, end in words if at <= start < until)
        text += document.text[at:until]

    for span, name in zip(spans, names, strict=True):
        keep(span.start)
        inside = [run.span() for run in _RUN.finditer(name)] if spaced else word_offsets(name)
        tokens.extend((start + len(text), end + len(text)) for start, end in inside)
        said.append(Span(len(text), len(text) + len(name), span.label))
        text, at = text + name, span.end
    keep(len(document.text))
    given = None if document.tokens is None else tuple(tokens)
    return replace(document, text=text, tokens=given), Labels(tuple(said))


def _like(surface: str, names: Sequence[str]) -> list[str]:
    """Of the names those that look most like this one."""
    looks, words = _look(surface), len(surface.split())
    alike = [name for name in names if _look(name) == looks]
    return [name for name in alike if len(name.split()) == words] or alike or list(names)


@dataclass(frozen=True)
class Wordings:
    """Makes wordings that a text never had, from other words of the same texts that look alike; asks no model.

    Args:
        pools: words by how they look; see `of`.
    """

    pools: Mapping[tuple[str, str], Sequence[str]]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Wordings:
        """Learn the words of these texts."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for text in texts:
            for word in _exchangeable(text):
                found[_look(word), ""].add(word)
                found[_look(word), word[-_ENDING:]].add(word)
        return cls({key: tuple(sorted(words)) for key, words in found.items()})

    def variants(self, text: str, count: int, seed: int) -> tuple[str, ...] | None:
        """So many other wordings of a text, all different; None where too few words can be exchanged.

        All of them differ from the text, and from each other, in the same words: else the one that agrees with most
        others would be the original. Numbers and capitals first, for they read well whatever they say.
        """
        rng = generator(seed, 0, "leakage wordings", f"{count}:{text}")
        kinds = list(dict.fromkeys(_exchangeable(text)))
        rng.shuffle(kinds)
        kinds.sort(key=lambda word: _look(word) == "lower")
        wanted = max(_LEAST_CHANGES, round(SHARE * len(kinds)))
        others: dict[str, list[str]] = {}
        for word in kinds:
            pool = self._others(word, set(kinds), count)
            if len(others) < wanted and len(pool) >= count:
                others[word] = rng.sample(pool, count)
        if len(others) < _LEAST_CHANGES:
            return None
        return tuple(_exchanged(text, {word: said[number] for word, said in others.items()}) for number in range(count))

    def _others(self, word: str, taken: set[str], least: int) -> list[str]:
        for key in ((_look(word), word[-_ENDING:]), (_look(word), "")):
            found = [other for other in self.pools.get(key, ()) if other not in taken]
            if len(found) >= least:
                return found
        return []


def _exchangeable(text: str) -> Iterator[str]:
    """The words that another can stand for: no signs and no small words, and no capital that begins the text."""
    for number, (start, end) in enumerate(word_offsets(text)):
        look = _look(text[start:end])
        if look == "lower":
            fits = end - start >= _SHORT
        else:
            fits = look != "sign" and (number > 0 or look == "unspaced")
        if fits:
            yield text[start:end]


def _exchanged(text: str, others: Mapping[str, str]) -> str:
    parts, at = [], 0
    for start, end in word_offsets(text):
        parts += [text[at:start], others.get(text[start:end], text[start:end])]
        at = end
    return "".join((*parts, text[at:]))


def _look(words: str) -> str:
    """How words are written: "unspaced", "sign", "upper", "lower", "capital", or the digits' places, "00-00"."""
    if _is_unspaced(words):
        return "unspaced"
    if any(char.isdigit() for char in words):
        return re.sub(r"\d", "0", words)
    if not any(char.isalpha() for char in words):
        return "sign"
    return "upper" if words.isupper() and len(words) > 1 else "lower" if words[0].islower() else "capital"


def _is_unspaced(text: str) -> bool:
    seen = [char for char in text if not char.isspace()]
    return 2 * sum(map(is_unspaced, seen)) > len(seen)
