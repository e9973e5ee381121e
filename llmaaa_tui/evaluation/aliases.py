"""Does an answer name a dataset? By any of its usual names, however they are written, and not by that of another set.

An answer is read as runs of letters and runs of digits, so "CoNLL 2003", "conll-2003" and "CoNLL2003" are one name. A
name counts where it stands whole: not inside the longer name of another set (TACRED in "Re-TACRED"), not glued by a
hyphen to a word that makes it another one ("TREC-COVID"), not before a number that is no part of it ("OntoNotes 6").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .datasets import KNOWN

_RUN = re.compile(r"[^\W\d_]+|\d+")
_GLUE = frozenset({"", "-", "_", "\u2010", "\u2011", "\u2013"})
_FILLERS = frozenset(
    re.findall(
        r"\w+",
        """a the ner re dataset datasets data set corpus corpora benchmark task shared test train dev validation split
        english en eng multilingual named entity recognition reviews review news question questions""",
    )
)
"""Words that may be glued to a name and leave it the same name."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters or digits of an answer, and what stands between them and the run before."""

    text: str
    gap: str


def spelled(name: str) -> str:
    """A name without case, accents of writing, spaces and punctuation: "CoNLL-2003" as "conll2003"."""
    return "".join(run.text for run in _runs(name))


def other_names(dataset: str) -> tuple[str, ...]:
    """The usual names of the dataset, `dataset` first; that alone where no known set is called so.

    What goes by one name and is several sets has the names of all: "MasakhaNER" those of both versions.
    """
    runs = _runs(dataset)
    found = [dataset]
    for place in sorted(_named(runs)):
        found += [name for name in KNOWN[place] if name not in found]
    return tuple(found)


def names(answer: str, dataset: str, aliases: Sequence[str] = ()) -> bool:
    """Whether the answer names the dataset.

    Args:
        answer: as the annotator wrote it; of several names in it one is enough.
        dataset: its published name, as the person or a file calls it.
        aliases: other names that count as well.
    """
    runs = _runs(answer)
    own = _named(_runs(dataset))
    wanted = {spelled(name) for name in (dataset, *aliases)} - {""}
    wanted |= {spelling for place in own for spelling in _SPELLINGS[place]}
    others = [
        span for place, known in enumerate(_SPELLINGS) if place not in own for span in _spans(runs, known - wanted)
    ]
    return any(
        not any(begin <= start and end <= stop and (begin, stop) != (start, end) for begin, stop in others)
        for start, end in _spans(runs, wanted)
    )


def names_any(answer: str) -> bool:
    """Whether the answer names any of the sets known here."""
    return bool(_named(_runs(answer)))


def _runs(text: str) -> list[_Run]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    runs, before = [], 0
    for match in _RUN.finditer(plain):
        runs.append(_Run(match.group(), plain[before : match.start()]))
        before = match.end()
    return runs


def _named(runs: Sequence[_Run]) -> set[int]:
    """Places in `KNOWN` of the sets that are named: those whose name is inside no longer one."""
    spans = {(span, place) for place, known in enumerate(_SPELLINGS) for span in _spans(runs, known)}
    return {
        place
        for (start, end), place in spans
        if not any(begin <= start and end <= stop and (begin, stop) != (start, end) for (begin, stop), _ in spans)
    }


def _spans(runs: Sequence[_Run], spellings: frozenset[str] | set[str]) -> Iterator[tuple[int, int]]:
    """Where one of the spellings stands whole: (first run, run after the last)."""
    longest = max(map(len, spellings), default=0)
    for start in range(len(runs)):
        said = ""
        for end in range(start + 1, len(runs) + 1):
            said += runs[end - 1].text
            if len(said) > longest:
                break
            if said in spellings and _whole(runs, start, end):
                yield start, end


def _whole(runs: Sequence[_Run], start: int, end: int) -> bool:
    """Whether what stands beside these runs leaves their name as it is."""
    if start and runs[start].gap in _GLUE and runs[start - 1].text not in _FILLERS:
        return False
    if end == len(runs):
        return True
    after = runs[end]
    if after.text.isdecimal():
        # A year or a version that the name does not have makes it another set.
        return not (after.gap in _GLUE or after.gap.isspace()) or runs[end - 1].text.isdecimal()
    return after.gap not in _GLUE or after.text in _FILLERS or len(after.text) <= _LANGUAGE_CODE


_LANGUAGE_CODE = 3
_SPELLINGS = tuple(frozenset(spelled(name) for name in known) for known in KNOWN)
