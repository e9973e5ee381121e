"""What probes do to texts: cut them in two, put other words or other names into them; pure, the same for a seed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from ..core.document import Document, Labels, Offsets, Span
from ..core.seeds import generator
from ..core.tokens import is_unspaced, word_offsets, words_of

LEAST_WORDS = 4
"""A text with fewer words, or characters where words have no spaces, has no half that is worth asking for."""
SHARE = 0.3
"""Of the words of a text, so many are exchanged in the wordings of a quiz, two at least."""
_LEAST_CHANGES = 2
_SHORT = 4
_ENDING = 2
_NAME = "name:"
_RUN = re.compile(r"\S+")

ROWS = 3
"""So many rows of a file are shown before the one whose labels are asked for."""

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


def runs(documents: Mapping[int, Document]) -> list[tuple[int, ...]]:
    """Items that stand one after another in their file, `ROWS` to be shown and the one that follows them.

    Args:
        documents: all items of the files, by id: one that is left out makes its neighbours look adjacent.

    Returns:
        Every such run, none with an item that may not be sent, in the order of files and lines.
    """
    by_file: dict[str, list[int]] = defaultdict(list)
    for item in sorted(documents, key=lambda one: (documents[one].line, one)):
        by_file[documents[item].file].append(item)
    found = [tuple(row[at : at + ROWS + 1]) for row in by_file.values() for at in range(len(row) - ROWS)]
    return [run for run in found if not any(documents[item].never_send for item in run)]


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
    """Makes wordings that a text never had, from names and words of the same texts that look alike; asks no model.

    Attributes:
        words: by how they look, all and by their ending; see `of`.
        names: by label; none where nobody knows names.
    """

    words: Mapping[tuple[str, str], Sequence[str]]
    names: Names

    @classmethod
    def of(cls, texts: Iterable[str], names: Names | None = None) -> Wordings:
        """Learn the words of these texts."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for text in texts:
            for start, end, look in _units(text, ()):
                found[look, ""].add(text[start:end])
                found[look, text[start:end][-_ENDING:]].add(text[start:end])
        return cls({key: tuple(sorted(words)) for key, words in found.items()}, names or {})

    def variants(
        self, text: str, count: int, seed: int, names: Sequence[tuple[int, int, str]] = ()
    ) -> tuple[str, ...] | None:
        """So many other wordings of a text, all different; None where too little can be exchanged.

        All of them differ from the text, and from each other, in the same places: else the one that agrees with most
        others would be the original. Names come first, then numbers and capitals, for they read well whatever they say;
        other words are exchanged only where there are not two of these.

        Args:
            names: start, end and label of names in it, which are exchanged whole.
        """
        rng = generator(seed, 0, "leakage wordings", f"{count}:{text}")
        units = {text[start:end]: kind for start, end, kind in _units(text, names)}
        kinds = list(units)
        rng.shuffle(kinds)
        kinds.sort(key=lambda said: (units[said] == "lower", not units[said].startswith(_NAME)))
        wanted = max(_LEAST_CHANGES, round(SHARE * len(kinds)))
        others: dict[str, list[str]] = {}
        for said in kinds:
            if len(others) >= (_LEAST_CHANGES if units[said] == "lower" else wanted):
                break
            pool = self._others(said, units[said], units.keys(), count)
            if pool:
                others[said] = rng.sample(pool, count)
        if len(others) < _LEAST_CHANGES:
            return None
        places = [(start, end) for start, end, _ in _units(text, names) if text[start:end] in others]
        return tuple(_exchanged(text, places, others, number) for number in range(count))

    def _others(self, said: str, kind: str, taken: Collection[str], least: int) -> list[str]:
        """What may stand in its place, `least` at least; [] where there are not so many."""
        label = kind.removeprefix(_NAME) if kind.startswith(_NAME) else None
        if label is not None:
            known = [name for name in self.names.get(label, ()) if name not in taken]
            pools = [_like(said, known), known]
        else:
            keys = (kind, said[-_ENDING:]), (kind, "")
            pools = [[word for word in self.words.get(key, ()) if word not in taken] for key in keys]
        return next((pool for pool in pools if len(pool) >= least), [])


def _units(text: str, names: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """What another can stand for, each with its kind: names, and words beside them that are no signs, no small words
    and no capital that begins the text."""
    found = [(start, end, f"{_NAME}{label}") for start, end, label in names]
    for number, (start, end) in enumerate(word_offsets(text)):
        if any(start < last and first < end for first, last, _ in names):
            continue
        look = _look(text[start:end])
        if look == "lower":
            fits = end - start >= _SHORT
        else:
            fits = look != "sign" and (number > 0 or look == "unspaced")
        if fits:
            found.append((start, end, look))
    return sorted(found)


def _exchanged(text: str, places: Sequence[Offsets], others: Mapping[str, Sequence[str]], number: int) -> str:
    parts, at = [], 0
    for start, end in places:
        parts += [text[at:start], others[text[start:end]][number]]
        at = end
    return "".join((*parts, text[at:]))


@lru_cache(maxsize=65_536)  # names and words are looked at again for every text
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
