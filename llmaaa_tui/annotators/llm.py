"""The annotator that asks a model: from groups of items to requests, from raw answers to labels; both pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..core.annotation import ItemAnswer
from ..core.document import Document, Labels
from .asker import Asker
from .contracts import Bundle, Demonstration, RawAnswer, Request
from .formats import schema_of
from .formats_readers import reader_for, reader_name
from .ground import view_of
from .prompt import Prompt
from .question import Question
from .shown_json import as_json
from .tasks import answer_format
from .traits import Traits

FRAME_TOKENS = 64
"""Room of every answer for what stands around its texts."""
LINE_CAP = 4096
"""Room for one text at most."""
OUTPUT_CAP = 16_384
"""Room for one answer at most: what current models write in one go."""


@dataclass
class _Draft:
    """A request in the making: ids of its items, its distinct lines in order, and the room for each line."""

    demonstrations: Sequence[Demonstration]
    items: dict[int, None] = field(default_factory=dict)
    lines: list[Any] = field(default_factory=list)
    rooms: list[int] = field(default_factory=list)


class LlmAnnotator:
    """Asks a model for the labels of items, several a request; what they are and how it says them is its prompt's task.

    Args:
        name: of the annotator, as annotations record it.
        provider: e.g. "openai", "compatible", "simulator".
        endpoint: the endpoint's configured name, part of every request's key; never its address.
        model: as the provider spells it.
        prompt: what is asked.
        traits: how the model wants to be asked.
        sampling: parameters to send beside the question (`{"temperature": 0.1}`); what is not in it is not sent.
        form: how answers are written, a value of `annotator.format`; "" for the task's usual one.
        max_output_tokens: limit of an answer, without thinking; None takes it from the length of the texts.
        counted_as: whose vocabulary bounds the tokens; "compatible" where another server stands for the provider.

    Raises:
        SettingsError: the model refuses a parameter of `sampling`, or there is no such format.
    """

    def __init__(
        self,
        name: str,
        provider: str,
        endpoint: str,
        model: str,
        prompt: Prompt,
        traits: Traits,
        sampling: Mapping[str, Any],
        form: str = "",
        max_output_tokens: int | None = None,
        counted_as: str = "",
    ) -> None:
        self.name = name
        self.prompt = prompt
        self.model = model
        self.provider = provider
        self.endpoint = endpoint
        self._asker = Asker(provider, endpoint, model, traits, sampling, counted_as)
        self._max_output_tokens = max_output_tokens
        self._form = answer_format(prompt.task, form, prompt.labels)
        self._guidelines = prompt.guidelines(self._form)
        self._schema = lru_cache(maxsize=64)(lambda n: schema_of(self._form, n))
        self.reader = reader_name(prompt.task, self._form)

    def plan(self, groups: Sequence[Bundle], *, sample: int = 0, doublings: int = 0) -> list[Request]:
        """One request a group; items that are shown alike are asked about once, in the first group that has one.

        Args:
            groups: items that share a request, and the demonstrations it shows.
            sample: which of several answers to the same question is wanted, from 0.
            doublings: how often the room for the answer is doubled; for items whose answer was cut off or failed.

        Raises:
            SettingsError: the model refuses an answer of that length.
        """
        drafts: list[_Draft] = []
        homes: dict[str, _Draft] = {}
        for group in groups:
            draft = _Draft(group.demonstrations)
            for one in group.items:
                view = view_of(one.document)
                line = self._form.line(view)
                shown_as = as_json(line)
                if shown_as not in homes:
                    homes[shown_as] = draft
                    draft.lines.append(line)
                    draft.rooms.append(min(LINE_CAP, self._form.output_tokens(view)))
                homes[shown_as].items[one.item] = None
            if draft.items:
                drafts.append(draft)
        shown: dict[int, str] = {}
        return [self._request(draft, shown, sample, doublings) for draft in drafts]

    def answer_in_full(self, document: Document, labels: Labels) -> str:
        """What a model writes that says exactly these labels, as its answer about one of several items."""
        return as_json(self._form.show(view_of(document), labels))

    def read(self, answer: RawAnswer, request: Request, documents: Mapping[int, Document]) -> dict[int, ItemAnswer]:
        """Every item of the request is labelled, empty or failed; a failure is never empty.

        The request says in which form it asked, so an older one is read as it was meant.
        """
        return reader_for(request.reader, self.prompt.labels).read(answer, request, documents)

    def _request(self, draft: _Draft, shown: dict[int, str], sample: int, doublings: int) -> Request:
        for one in draft.demonstrations:
            if one.item not in shown:
                shown[one.item] = self.prompt.example(one, self._form)
        room = self._max_output_tokens or min(OUTPUT_CAP, FRAME_TOKENS + sum(draft.rooms))
        question = Question(
            guidelines=self._guidelines,
            examples=self.prompt.examples([shown[one.item] for one in draft.demonstrations]),
            data=self.prompt.data(draft.lines),
            schema=self._schema(len(draft.lines)),
            output_tokens=room << doublings,
        )
        return self._asker.request(question, items=tuple(draft.items), sample=sample, reader=self.reader)
