"""All screens' keys by the screen's name: what the palette searches and a test holds against each other."""

from __future__ import annotations

from . import loop
from .command import Command

SCREENS: dict[str, tuple[Command, ...]] = {"loop": loop.KEYS}
