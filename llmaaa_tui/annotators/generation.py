"""Read the sentences that a model wrote together with their names; pure.

A sentence counts where it and its list of names are there in full, and every name that is kept stands in it. What is
left out is counted, and a sentence of whose names none can be used is not taken for one without names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.annotation import ItemAnswer
from ..core.document import Document
from ..core.labels import LabelSet
from ..core.states import Failure, State
from . import loose_json
from .compact import Compact
from .contracts import RawAnswer, Request
from .formats_settle import failed
from .ground import view_of
from .wires import WIRES

SENTENCES = "generation/sentences.v1"
"""The reader of these answers, as `Request.reader` holds it."""
MALFORMED, EMPTY, NAMELESS = "malformed", "empty", "names not in the text"
_KEY = re.compile(r"\s*(?:[^\W\d_]+[\s_-]*|#\s*)?0*([1-9]\d{0,8})\s*[.):]?\s*")


@dataclass(frozen=True, slots=True)
class WrittenSentence:
    """A sentence that a model wrote, and its label: labelled or empty, never failed."""

    document: Document
    answer: ItemAnswer


@dataclass(frozen=True, slots=True)
class Writing:
    """What an answer holds.

    Attributes:
        sentences: in the answer's order; one may stand there twice.
        dropped: sentences that cannot be used, by reason.
        names: names that were left out of the sentences kept.
        failure: why there is nothing to read, with a sentence about it in `detail`; None where there is.
    """

    sentences: tuple[WrittenSentence, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    names: int = 0
    failure: Failure | None = None
    detail: str = ""


class SentencesReader:
    """Reads answers to requests of `SENTENCES`; implements `formats_readers.Reader`."""

    def __init__(self, labels: LabelSet) -> None:
        self._form = Compact(labels)

    @property
    def parser(self) -> str:
        """See `Reader`."""
        return f"{SENTENCES} parser 1"

    def sentences(self, answer: RawAnswer, request: Request) -> Writing:
        """Everything the answer holds in full; of one cut off at its limit the sentences before that."""
        completion = WIRES[request.wire].completion(answer)
        if completion.failure is Failure.CUT_OFF:
            value: Any = loose_json.complete_members(completion.text)
        elif completion.failure is not None:
            return Writing(failure=completion.failure, detail=completion.detail)
        else:
            try:
                value, _ = loose_json.loads(completion.text, repeats=True)
            except ValueError as error:
                return Writing(failure=Failure.NOT_JSON, detail=str(error))
        kept: list[WrittenSentence] = []
        dropped: Counter[str] = Counter()
        names = 0
        for entry in _entries(value):
            text, said = _parts(entry)
            if text is None:
                dropped[MALFORMED] += 1
            elif not text:
                dropped[EMPTY] += 1
            else:
                document = Document(text)
                read = self._form.read(said, view_of(document), ())
                if read.state is State.FAILED:
                    dropped[NAMELESS if isinstance(said, list) else MALFORMED] += 1
                    continue
                names += len(said) - len(read.spans) if isinstance(said, list) else 0
                kept.append(WrittenSentence(document, read))
        if not kept and completion.failure is not None:
            return Writing((), dropped, failure=completion.failure, detail=completion.detail)
        if not kept and not dropped:
            return Writing(failure=Failure.SCHEMA, detail="the answer is JSON without a single sentence")
        return Writing(tuple(kept), dropped, names)

    def read(self, answer: RawAnswer, request: Request, documents: Mapping[int, Document]) -> dict[int, ItemAnswer]:
        """The labels of sentences that were stored from this answer, found again by their text."""
        writing = self.sentences(answer, request)
        found: dict[str, ItemAnswer] = {}
        for one in writing.sentences:
            found.setdefault(one.document.text, one.answer)
        gone = failed(writing.failure or Failure.MISSING, writing.detail or "the answer no longer holds this sentence")
        return {item: found.get(documents[item].text, gone) for item in request.items}


def _entries(value: Any) -> Iterator[Any]:
    """What stands under the numbers of an answer, in their order; or in its one list."""
    if isinstance(value, dict):
        numbered = sorted((int(key[1]), entry) for name, entry in value.items() if (key := _KEY.fullmatch(name)))
        if numbered:
            yield from (entry for _, entry in numbered)
            return
        value = next((one for one in value.values() if isinstance(one, list)), [])
    yield from value


def _parts(entry: Any) -> tuple[str | None, Any]:
    """A sentence on one line and its names as said; (None, …) where there is no sentence."""
    text = entry.get("text") if isinstance(entry, dict) else None
    if not isinstance(text, str):
        return None, None
    return " ".join(text.split()), entry.get("names")
