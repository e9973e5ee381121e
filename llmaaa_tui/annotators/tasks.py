"""What the annotators have to know of a task, and where a task keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..core import tasks
from ..core.labels import LabelSet
from ..errors import SettingsError
from .formats import AnswerFormat, Reader

MakeForm = Callable[[LabelSet], AnswerFormat]


@dataclass(frozen=True, slots=True)
class AnnotatorTask:
    """How a task is asked and answered; what `core.tasks.Task.rooms["annotators"]` names.

    Attributes:
        folder: of its templates under `prompts/`; a package names its own by an absolute path.
        version: of the templates that are asked now, e.g. "v2".
        forms: how answers may be written, by the value of `annotator.format`.
        default: the form that is taken where the setting names none.
        readers: who reads answers that are no longer asked for, by the whole name that `Request.reader` holds.
        systems: the template that stands in for `system`, by the name of a form that needs other rules.
        writes: whether an annotator can write items of its own (ZeroGen, FewGen).
    """

    folder: str
    version: str
    forms: Mapping[str, MakeForm]
    default: str
    readers: Mapping[str, Callable[[LabelSet], Reader]] = field(default_factory=dict)
    systems: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False


def of(name: str) -> AnnotatorTask:
    """The task of that name as annotators know it.

    Raises:
        SettingsError: there is no such task.
    """
    try:
        task: AnnotatorTask = tasks.get(name).room("annotators")
    except tasks.UnknownTaskError as error:
        raise SettingsError(f"project.task: {error}") from None
    return task


def answer_format(task: str, setting: str, labels: LabelSet) -> AnswerFormat:
    """The form that `annotator.format` names; the task's usual one where it is empty.

    Raises:
        SettingsError: the task has none of that name.
    """
    known = of(task)
    setting = setting or known.default
    if setting not in known.forms:
        raise SettingsError(
            f"annotator.format: task {task} has no format {setting!r}; choose {', '.join(known.forms)}, "
            "or leave it empty for the first"
        )
    return known.forms[setting](labels)
