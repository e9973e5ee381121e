"""The files of named entity recognition: spans of the text, in JSONL, CoNLL columns or bare lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.document import Document, Labels
from .read import read_ner
from .tasks import TaskFile, Writer
from .write import write_conll


class _Entities:
    files = "JSONL with tokens and tags or with text and spans, CoNLL (2-4 columns), or .txt lines"
    exports: Mapping[str, Writer] = {"conll": write_conll}

    def read(self, path: Path, negative: str = "") -> TaskFile:
        found = read_ner(path)
        scheme = f", {found.scheme}" if found.scheme else ""
        return TaskFile(found.records, found.format + scheme, found.labels)

    def fields(self, document: Document, labels: Labels) -> dict[str, Any]:
        return {"spans": [{"start": span.start, "end": span.end, "label": span.label} for span in labels.spans]}


TASK = _Entities()
