"""The real application on real stores made for one test: many sentences, hostile texts, runs and events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from store.store_making import FACTS
from ui.doubles import Told

from llmaaa_tui.config import Settings, write_settings
from llmaaa_tui.core.document import Document, Labels, Record, Span
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Role
from llmaaa_tui.paths import ProjectPaths
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.imports import create_project, write_import
from llmaaa_tui.store.reader import Reader
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.doors import Doors


def open_app(database: Path, place: str = "loop", *, readonly: bool = False) -> LoopApp:
    """The application on a store; the project's other files lie beside it."""
    doors = Doors(ProjectPaths(database.parent), database, database, "me", "screen-1")
    return LoopApp(
        Reader(database, database, FACTS), Told(), reviewer="me", doors=doors, place=place, readonly=readonly
    )


def small_store(path: Path, texts: Sequence[str], settings: Settings | None = None) -> Store:
    """A project whose pool and dev set hold these texts; its writer."""
    store = Store(path, ("migrations", "ledger"))
    create_project(store, name="p", task="ner", mode="strict", labels=LabelSet.of(("PER", "LOC")), seed=1)
    for role in (Role.POOL, Role.DEV):
        found = [
            Record(
                Document(text, file="f.jsonl", line=n + 1), Labels((Span(0, 1, "PER"),)) if role is Role.DEV else None
            )
            for n, text in enumerate(texts)
        ]
        write_import(store, role, found, file="f", format_name="ner", report={})
    (path.parent / "llmaaa.toml").write_text(write_settings(settings or Settings()), encoding="utf-8")
    return store
