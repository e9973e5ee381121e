"""A project that is being thought of: what the person has typed so far, as arguments of `llmaaa new`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ...core.tasks import TASKS

FILES = ("pool", "gold", "test")
PROVIDERS: tuple[tuple[str, str], ...] = (
    ("simulator", "no key, no cost: answers from hidden gold with the errors of a real model; SIMULATED throughout"),
    ("openai", "api.openai.com, or another address of the same kind"),
    ("anthropic", "api.anthropic.com"),
    ("compatible", "vLLM, Ollama, llama.cpp: a server of your own"),
)
KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "compatible": "OPENAI_API_KEY"}


@dataclass
class Draft:
    """Paths as typed; `remote` once the person has agreed that text leaves this machine."""

    task: str = next(iter(TASKS))
    folder: str = ""
    pool: str = ""
    gold: str = ""
    test: str = ""
    language: str = "English"
    domain: str = ""
    mode: str = "strict"
    provider: str = "simulator"
    model: str = ""
    base_url: str = ""
    cap: str = "2.00"
    remote: bool = False

    def files(self) -> list[str]:
        """The arguments that name files, as whole paths."""
        named = [(flag, getattr(self, flag).strip()) for flag in FILES]
        return [part for flag, path in named if path for part in (f"--{flag}", str(whole(path)))]

    def settings(self) -> list[str]:
        """The arguments that say who annotates, and for how much."""
        chosen = {"annotator.provider": self.provider, "budget.cap_usd": self.cap.strip()}
        chosen |= {"project.language": self.language.strip(), "project.domain": self.domain.strip()}
        if self.provider != "simulator":
            chosen |= {"annotator.model": self.model.strip(), "annotator.base_url": self.base_url.strip()}
        return [part for key, value in chosen.items() if value for part in ("--set", f"{key}={value}")]

    def new(self, *, preview: bool = False) -> list[str]:
        """The whole command."""
        arguments = ["new", str(self.place), "--task", self.task, *self.files(), "--mode", self.mode]
        return [*arguments, "--preview"] if preview else [*arguments, *self.settings()]

    @property
    def place(self) -> Path:
        """The folder it is made in."""
        return whole(self.folder.strip())

    @property
    def key(self) -> str:
        """The environment variable that holds the annotator's key; "" where it needs none."""
        return KEYS.get(self.provider, "")

    @property
    def has_key(self) -> bool:
        """Whether that variable is set here."""
        return bool(os.environ.get(self.key, ""))


def whole(path: str) -> Path:
    """A typed path, with `~` and relative to where the program was started."""
    return Path(path).expanduser().absolute()


def complete(typed: str) -> str | None:
    """The first path that goes on as typed, folders with a slash; None where none does."""
    if not typed:
        return None
    before, _, begun = typed.rpartition("/")
    folder = whole(before or ("/" if typed.startswith("/") else "."))
    try:
        names = sorted(
            (entry for entry in os.scandir(folder) if entry.name.startswith(begun)), key=lambda entry: entry.name
        )
    except OSError:
        return None
    for entry in names:
        if entry.name.startswith(".") and not begun.startswith("."):
            continue
        found = typed[: len(typed) - len(begun)] + entry.name + ("/" if entry.is_dir() else "")
        if found != typed:
            return found
    return None
