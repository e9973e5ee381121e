"""The question of a task: versioned templates filled with labels, guidance, demonstrations and texts.

What is the same for every request of a project comes first, so that a provider may cache it; then the demonstrations;
then, in the user's message, the texts and nothing else. They stand as JSON strings inside a tag that the texts' own
hash names, so that no text can close it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from string import Template
from typing import Any

from ..core.labels import LabelSet, verbalise
from ..errors import SettingsError
from ..resources import read_text
from .contracts import Demonstration
from .formats import AnswerFormat
from .ground import view_of
from .shown_json import as_json, clean
from .tasks import AnnotatorTask, of

PARTS = ("system", "example", "user")
"""The templates every task has; beside them stands one for each of its forms."""
NONE_OF_THESE = "none of the other labels holds"
"""What the negative label means, where the project has no words of its own for it."""
_NONCE = 6


@dataclass(frozen=True)
class Prompt:
    """Asks for the labels of items.

    Args:
        task: by name; its templates are asked.
        labels: in the order they are shown.
        version: of the templates, e.g. "v2"; "" for those that are asked now.
        domain, language: in words; "" where nobody said.
        guidance: the user's own annotation guidelines; may be "".

    Raises:
        SettingsError: there are no labels, or this version cannot be asked.
    """

    task: str
    labels: LabelSet
    version: str = ""
    domain: str = ""
    language: str = ""
    guidance: str = ""
    _parts: dict[str, Template] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.labels.names:
            raise SettingsError("an annotator needs at least one label to ask for: name the project's labels")
        known = of(self.task)
        forms = (make(self.labels).name for make in known.forms.values())
        version = self.version or known.version
        texts = {part: _template(known, part, version) for part in (*PARTS, *forms, *known.systems.values())}
        object.__setattr__(self, "version", version)
        object.__setattr__(self, "_parts", {part: Template(text) for part, text in texts.items()})

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the template files: shows whether a version was edited in place."""
        return hashlib.sha256("\x00".join(part.template for part in self._parts.values()).encode()).hexdigest()

    def guidelines(self, form: AnswerFormat) -> str:
        """The instructions, the same for every request that wants answers in this form."""
        text = self._parts[of(self.task).systems.get(form.name, "system")].substitute(
            self.project(), format=self._parts[form.name].substitute(label=as_json(self.labels.names[0])[1:-1])
        )
        return clean(text)

    def project(self) -> dict[str, str]:
        """What the instructions say of the project, by placeholder: domain and language, labels, guidance."""
        said = zip(self.labels.names, map(self._words, self.labels.names, self.labels.verbalised), strict=True)
        about = (("Domain", self.domain.strip()), ("Language", self.language.strip()))
        guidance = self.guidance.strip()
        return {
            "about": "".join(f"{name}: {words}\n" for name, words in about if words),
            "labels": "\n".join(f"- {name}" if words == name else f"- {name}: {words}" for name, words in said),
            "guidance": f"\nGuidance:\n{guidance}\n" if guidance else "",
        }

    def _words(self, name: str, words: str) -> str:
        return NONE_OF_THESE if name == self.labels.negative and words == verbalise(name) else words

    def example(self, demonstration: Demonstration, form: AnswerFormat) -> str:
        """One gold item with its answer, in the very form of a request about one."""
        view = view_of(demonstration.document)
        answer = as_json({"1": form.show(view, demonstration.labels)})
        return self._parts["example"].substitute(text=as_json(form.line(view)), answer=answer)

    def examples(self, shown: Sequence[str]) -> str:
        """The part of the instructions that shows these examples, the most similar last; "" for none."""
        return "\n".join(("Examples:", *shown)) if shown else ""

    def data(self, lines: Sequence[Any]) -> str:
        """The user's message about these items, numbered from 1; a line is what `AnswerFormat.line` gives."""
        numbered = [f"{number}: {as_json(line)}" for number, line in enumerate(lines, 1)]
        return self._parts["user"].substitute(tag=_tag(lines), lines="\n".join(numbered))


def _tag(lines: Sequence[Any]) -> str:
    """A tag that stands in no line: named by their hash, so that the same texts are the same question."""
    lines = [line if isinstance(line, str) else as_json(line) for line in lines]
    digest = hashlib.sha256("\x00".join(lines).encode("utf-8", "replace")).hexdigest()
    tags = (f"t-{digest[:length]}" for length in range(_NONCE, len(digest) + 1))
    return next(tag for tag in tags if not any(tag in line for line in lines))


def _template(task: AnnotatorTask, part: str, version: str) -> str:
    if re.fullmatch(r"v[0-9]+", version):
        try:
            return read_text("prompts", task.folder, f"{part}.{version}.md").rstrip("\n")
        except FileNotFoundError:
            pass
    raise SettingsError(
        f"there is no prompt version {version!r} in prompts/{task.folder}; {task.version} is the newest"
    )
