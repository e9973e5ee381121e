"""The learning curve of the baseline loop on gold labels, which lies in a folder of its own. Read only."""

from __future__ import annotations

from pathlib import Path

from ..core.forecast import Point
from ..core.outlook import points
from ..errors import LlmaaaError
from ..paths import ProjectPaths, open_project
from .reader_rounds import rounds
from .reading import Reading
from .spending import FOREVER

NAME = "gold"


def gold_curve(folder: Path) -> tuple[Point, ...]:
    """Its points on dev; () where there is no such loop, or it cannot be read.

    Args:
        folder: where the baseline loops of a project lie.
    """
    if not ProjectPaths(folder / NAME).settings.is_file():
        return ()
    try:
        place, settings = open_project(folder / NAME)
        database = place.database(settings)
        if not database.is_file():
            return ()
        reading = Reading(database, database)
        try:
            with reading.still():
                return points(rounds(reading, FOREVER, {}))
        finally:
            reading.close()
    except LlmaaaError:
        return ()
