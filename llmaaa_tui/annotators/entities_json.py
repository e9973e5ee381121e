"""Reads the answers to prompts of version 1: one text a request, `{"entities":[{"text","type","occurrence"}]}`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..core.annotation import ItemAnswer
from ..core.document import Document
from ..core.labels import LabelSet
from ..core.states import Failure
from ..core.tokens import words_of
from . import loose_json
from .contracts import RawAnswer, Request
from .formats_labels import Spellings
from .formats_settle import MALFORMED, failed, mention_of, settle, unknown_label
from .ground import Mention, ground
from .wires import WIRES


class EntitiesReader:
    """Every item of the request has the same text, for version 1 asked about one."""

    parser = "ner-spans-3"

    def __init__(self, labels: LabelSet) -> None:
        self._labels = Spellings(labels)

    def read(self, answer: RawAnswer, request: Request, documents: Mapping[int, Document]) -> dict[int, ItemAnswer]:
        """Every item of the request is labelled, empty or failed; a failure is never empty."""
        completion = WIRES[request.wire].completion(answer)
        if completion.failure is not None:
            return {item: failed(completion.failure, completion.detail) for item in request.items}
        try:
            value, repairs = loose_json.loads(completion.text)
        except loose_json.DuplicateKeyError as error:
            return {item: failed(Failure.SCHEMA, str(error)) for item in request.items}
        except ValueError as error:
            return {item: failed(Failure.NOT_JSON, str(error)) for item in request.items}
        entities = value.get("entities") if isinstance(value, dict) else None
        if not isinstance(entities, list):
            detail = 'the answer is JSON, but not an object with a list "entities"'
            return {item: failed(Failure.SCHEMA, detail) for item in request.items}
        return {item: self._ground(entities, documents[item], repairs) for item in request.items}

    def _ground(self, entities: Sequence[object], document: Document, repairs: Sequence[str]) -> ItemAnswer:
        mentions: list[Mention] = []
        dropped: Counter[str] = Counter()
        for entity in entities:
            mention = mention_of(entity)
            label = self._labels.find(mention.label) if mention else None
            if mention is None:
                dropped[MALFORMED] += 1
            elif label is None:
                dropped[unknown_label(mention.label)] += 1
            else:
                mentions.append(Mention(mention.text, label, mention.occurrence))
        # Version 1 showed a text with its invisible characters.
        grounding = ground(document.text, words_of(document), mentions)
        dropped.update(reason for _, reason in grounding.rejected)
        return settle(grounding.spans, dropped, repairs)
