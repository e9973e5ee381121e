"""Recorded answers in the form of [word, tag] pairs: as their own reader takes them, and as papers count them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..core.annotation import ItemAnswer
from ..core.document import Document
from ..core.exchange import RawAnswer, Request
from ..core.labels import LabelSet
from ..core.recorded import ReadAnswer
from .formats_readers import reader_for, reader_name
from .ground import view_of
from .suspicion import UNGROUNDED_WORDS
from .token_tags import TokenTags


class RecordedTags:
    """Reads raw recorded answers about a sentence; the same answer again is read once."""

    def __init__(self, labels: LabelSet) -> None:
        self._form = TokenTags(labels)
        self._name = reader_name("ner", self._form)
        self._reader = reader_for(self._name, labels)

    def read(self, document: Document, answers: Sequence[Any]) -> list[ReadAnswer]:
        """What each raw answer, any JSON value, says of the sentence."""
        view = view_of(document)
        known: dict[str, ReadAnswer] = {}
        found = []
        for raw in answers:
            written = json.dumps(raw, ensure_ascii=False)
            if written not in known:
                answer, tags = self._read(document, written), self._form.loose_tags(raw, view)
                known[written] = ReadAnswer(
                    answer, None if tags is None else tuple(tags), _said(raw), UNGROUNDED_WORDS in answer.flags
                )
            found.append(known[written])
        return found

    def _read(self, document: Document, written: str) -> ItemAnswer:
        """Through the reader of stored answers, as the content of a chat completion."""
        body = {"choices": [{"message": {"content": written}, "finish_reason": "stop"}]}
        request = Request("", "recorded", "recorded", "", {}, (0,), 0, 0, 0, "chat", self._name)
        answer = RawAnswer(200, {}, json.dumps(body).encode(), 0.0)
        return self._reader.read(answer, request, {0: document})[0]


def _said(raw: Any) -> tuple[str | None, ...]:
    """What stands second in each element, as the notebooks of LLMs in the Loop take it: of a word that is no pair its
    second letter."""
    if not isinstance(raw, list):
        return ()
    seconds = [element[1] if isinstance(element, list | str) and len(element) > 1 else None for element in raw]
    return tuple(tag if isinstance(tag, str) else None for tag in seconds)
