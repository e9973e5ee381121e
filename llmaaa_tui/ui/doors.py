"""What the screens open beyond the picture: readers and writers of the store, one connection each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..paths import ProjectPaths

if TYPE_CHECKING:
    from ..store.books import BooksReader
    from ..store.catalogue import Catalogue
    from ..store.decisions import Decisions
    from ..store.desk import Desk
    from ..store.league import League
    from ..store.record import Record


@dataclass(frozen=True, slots=True)
class Doors:
    """One open project. Each method opens a connection for the thread that calls it.

    Attributes:
        paths: the project's files.
        database, ledger: the store's files (often the same).
        reviewer: who sits at the keys.
        screen: a name of this running screen, for its claims.
        order, sample: how the queue is ordered first, and how many sentences a blind sample has.
    """

    paths: ProjectPaths
    database: Path
    ledger: Path
    reviewer: str
    screen: str
    order: str = "suspicious"
    sample: int = 59

    def missing(self) -> str:
        """Why nothing can be read any more, in words; "" while the project is where it was.

        Whoever holds a deleted file open reads it as if nothing had happened.
        """
        return "" if self.database.exists() else f"it is no longer there: {self.database}"

    def desk(self) -> Desk:
        """The reading side of the review."""
        from ..store.desk import Desk

        return Desk(self.database, self.ledger)

    def decisions(self) -> Decisions:
        """The writing side of the review."""
        from ..store.decisions import Decisions

        return Decisions(self.database, self.reviewer, self.screen)

    def catalogue(self) -> Catalogue:
        """Sentences by page."""
        from ..store.catalogue import Catalogue

        return Catalogue(self.database, self.ledger)

    def books(self) -> BooksReader:
        """Spend by model, pace, assumptions."""
        from ..store.books import BooksReader

        return BooksReader(self.database, self.ledger)

    def record(self) -> Record:
        """Runs and events."""
        from ..store.record import Record

        return Record(self.database, self.ledger)

    def league(self) -> League:
        """The annotators side by side."""
        from ..store.league import League

        return League(self.database, self.ledger)
