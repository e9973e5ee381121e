"""Named entities: how they are asked for, and the forms in which an answer gives them."""

from __future__ import annotations

from .compact import Compact, Nested
from .entities_json import EntitiesReader
from .inline import Inline
from .tasks import AnnotatorTask
from .token_tags import TokenTags

EARLIEST = "ner/spans.v1"
"""The reader of requests that were stored before readers had names."""

TASK = AnnotatorTask(
    folder="ner",
    version="v2",
    forms={"spans": Compact, "inline": Inline, "token_tags": TokenTags, "nested": Nested},
    default="spans",
    readers={EARLIEST: EntitiesReader},
    systems={"nested": "nested_system"},
    writes=True,
)
