"""A model as it is to be asked: whose it is, under which name, with which parameters; from a question to a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .contracts import Request
from .keys import request_key
from .question import Question
from .tokens import input_bound
from .traits import Traits
from .wires import WIRES, output_limit

_MESSAGES = 2


class Asker:
    """Makes requests to one model; pure.

    Args:
        provider: e.g. "openai", "compatible", "simulator".
        endpoint: the endpoint's configured name, part of every request's key; never its address.
        model: as the provider spells it.
        traits: how the model wants to be asked.
        sampling: parameters to send beside the question (`{"temperature": 0.1}`); what is not in it is not sent.
        counted_as: whose vocabulary bounds the tokens; "compatible" where another server stands for the provider.

    Raises:
        SettingsError: the model refuses a parameter of `sampling`.
    """

    def __init__(
        self,
        provider: str,
        endpoint: str,
        model: str,
        traits: Traits,
        sampling: Mapping[str, Any],
        counted_as: str = "",
    ) -> None:
        self.provider, self.endpoint, self.model = provider, endpoint, model
        self._traits = traits
        self._sampling = traits.checked(sampling, model)
        self._counted_as = counted_as or provider

    def request(self, question: Question, *, items: Sequence[int], sample: int, reader: str) -> Request:
        """The question as this model takes it, with the bounds of what it can cost.

        Args:
            items: whom it asks about.
            sample: which of several answers is wanted, from 0; the seed where the model takes one.
            reader: who reads the answer.

        Raises:
            SettingsError: the model refuses an answer of that length.
        """
        wire = WIRES[self._traits.wire]
        body = wire.body(question, self.model, self._traits, self._sampling, sample)
        return Request(
            key=request_key(provider=self.provider, endpoint=self.endpoint, model=self.model, body=body, sample=sample),
            provider=self.provider,
            endpoint=self.endpoint,
            model=self.model,
            body=body,
            items=tuple(items),
            sample=sample,
            input_bound=input_bound(wire.texts(body), _MESSAGES, self.model, self._counted_as),
            output_bound=output_limit(question, self._traits),
            wire=self._traits.wire,
            reader=reader,
        )
