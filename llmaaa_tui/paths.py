"""Where a project keeps its files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .config import Settings, load_settings
from .errors import ProjectError


@dataclass(frozen=True, slots=True)
class ProjectPaths:
    """The files of one project folder (0700; its files 0600)."""

    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "llmaaa.toml"

    @property
    def prices(self) -> Path:
        return self.folder / "prices.toml"

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def baselines(self) -> Path:
        """Where the loops lie that this project's is held against, each a project of its own."""
        return self.folder / "baselines"

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    @property
    def lock(self) -> Path:
        return self.folder / "worker.lock"

    @property
    def simulator_state(self) -> Path:
        return self.folder / "simulator.db"

    @property
    def second_simulator_state(self) -> Path:
        """Of the simulator that stands for `annotator.escalate`."""
        return self.folder / "simulator-second.db"

    def profile_state(self, profile: str) -> Path:
        """Of the simulator that stands for another profile in a comparison."""
        return self.folder / f"simulator-{profile}.db"

    @property
    def simulator_gold(self) -> Path:
        return self.folder / "simulator-gold.jsonl"

    def database(self, settings: Settings) -> Path:
        """The project's database; `store.path` may put it on another disk."""
        return self.folder / Path(settings.store.path or "llmaaa.db").expanduser()

    def ledger(self, settings: Settings) -> Path:
        """The ledger's file; the project's own database unless `budget.ledger` names another."""
        if settings.budget.ledger:
            return self.folder / Path(settings.budget.ledger).expanduser()
        return self.database(settings)


def open_project(folder: Path, overrides: tuple[str, ...] = ()) -> tuple[ProjectPaths, Settings]:
    """Paths and settings of an existing project.

    Raises:
        ProjectError: there is no project in this folder.
        SettingsError: its settings cannot be used.
    """
    paths = ProjectPaths(folder.resolve())
    if not paths.settings.is_file():
        raise ProjectError(f"{folder}: no llmaaa project here; make one with: llmaaa new {folder} --pool FILE")
    settings = load_settings(paths.settings, overrides)
    if not paths.database(settings).is_file():
        raise ProjectError(
            f"{paths.database(settings)}: the project's database is missing; restore it or make the project anew"
        )
    return paths, settings


def private_opener(path: str, flags: int) -> int:
    """An `open` opener for files that only their owner may read."""
    return os.open(path, flags, 0o600)
