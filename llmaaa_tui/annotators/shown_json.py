"""JSON as prompts show it."""

from __future__ import annotations

import json
from typing import Any

_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
# JSON leaves these as they are; some break a line, some are commands to a terminal.
_CONTROLS = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}


def as_json(value: Any) -> str:
    """Compact JSON on one line, letters as they are; control characters escaped, a lone surrogate as U+FFFD."""
    return clean(json.dumps(value, ensure_ascii=False, separators=(",", ":"))).translate(_CONTROLS)


def clean(text: str) -> str:
    """A text that can be sent: a lone surrogate as U+FFFD."""
    return text.translate(_LONE_SURROGATES)
