"""Labelled items into a file that appears whole or not at all: what `export` and `predict` share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import LlmaaaError

if TYPE_CHECKING:
    from ..formats.tasks import LabelledDocument, Report


def refuse_existing(out: Path) -> None:
    """Nothing is written over.

    Raises:
        LlmaaaError: there is such a file.
    """
    if out.exists():
        raise LlmaaaError(f"{out}: is there already; choose another name")


def write_file(rows: Sequence[LabelledDocument], task: str, format_name: str, out: Path) -> Report:
    """Write `rows` in a format of the task.

    Raises:
        SettingsError: the format cannot hold the labels of the task.
        LlmaaaError: the file cannot be written; nothing is left of it.
    """
    from ..formats.write import write

    partial = out.with_name(f".{out.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as handle:
            report = write(task, format_name, rows, handle)
        os.replace(partial, out)
    except OSError as error:
        raise LlmaaaError(f"{out}: cannot be written ({error.strerror}); choose another place with --out") from None
    finally:
        partial.unlink(missing_ok=True)
    return report
