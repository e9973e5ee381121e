"""Ask a model to write labelled sentences: ZeroGen (Ye et al. 2022) without examples, FewGen with some; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from ..errors import SettingsError
from ..resources import read_text
from .asker import Asker
from .compact import Compact
from .contracts import Demonstration, Request
from .generation import SENTENCES
from .ground import view_of
from .llm import FRAME_TOKENS, OUTPUT_CAP
from .prompt import Prompt
from .question import Question
from .shown_json import as_json
from .tasks import of
from .traits import Traits

VERSION = "v1"
PARTS = ("system", "example", "user")
SENTENCE_TOKENS = 160
"""Room for one sentence with its names."""


class SentenceWriter:
    """Plans requests for new sentences.

    Args:
        provider, endpoint, model, traits, sampling, max_output_tokens, counted_as: as of `LlmAnnotator`.
        prompt: what the project wants named.

    Raises:
        SettingsError: nobody knows how to write items of the prompt's task, or the model refuses a parameter.
    """

    def __init__(
        self,
        provider: str,
        endpoint: str,
        model: str,
        prompt: Prompt,
        traits: Traits,
        sampling: Mapping[str, Any],
        max_output_tokens: int | None = None,
        counted_as: str = "",
    ) -> None:
        if not of(prompt.task).writes:
            raise SettingsError(
                f"an annotator writes no training texts of its own (ZeroGen, FewGen) for task {prompt.task}"
            )
        self._asker = Asker(provider, endpoint, model, traits, sampling, counted_as)
        self._max_output_tokens = max_output_tokens
        self._form = Compact(prompt.labels)
        self._parts = {name: Template(_template(name)) for name in PARTS}
        self._guidelines = self._parts["system"].substitute(prompt.project(), label=prompt.labels.names[0])

    @property
    def sha256(self) -> str:
        """Hex digest of the template files: shows whether a version was edited in place."""
        return hashlib.sha256("\x00".join(self._parts[name].template for name in PARTS).encode()).hexdigest()

    def plan(self, batch: int, count: int, sample: int, shown: Sequence[Demonstration] = ()) -> Request:
        """One request for `count` sentences.

        Args:
            batch: a number of its own in the prompt, so that no two requests ask the very same.
            sample: part of the request's name, and the seed where the model takes one.
            shown: examples; () for none.

        Raises:
            SettingsError: the model refuses an answer of that length.
        """
        question = Question(
            guidelines=self._guidelines,
            examples="\n".join(("Examples:", *map(self._example, shown))) if shown else "",
            data=self._parts["user"].substitute(batch=batch, count=count),
            schema=_schema(count),
            output_tokens=self._max_output_tokens or min(OUTPUT_CAP, FRAME_TOKENS + SENTENCE_TOKENS * count),
        )
        return self._asker.request(question, items=(), sample=sample, reader=SENTENCES)

    def written(self, shown: Demonstration) -> str:
        """A gold sentence as a model would have written it."""
        view = view_of(shown.document)
        return as_json({"text": view.text, "names": self._form.show(view, shown.labels)})

    def _example(self, shown: Demonstration) -> str:
        return self._parts["example"].substitute(answer=self.written(shown))


def _schema(count: int) -> dict[str, Any]:
    sentence = {
        "type": "object",
        "properties": {"text": {"type": "string"}, "names": {"type": "array", "items": {"type": "string"}}},
        "required": ["text", "names"],
        "additionalProperties": False,
    }
    keys = [str(number) for number in range(1, count + 1)]
    return {
        "type": "object",
        "properties": dict.fromkeys(keys, sentence),
        "required": keys,
        "additionalProperties": False,
    }


def _template(name: str) -> str:
    return read_text("prompts", "generation", f"{name}.{VERSION}.md").rstrip("\n")
