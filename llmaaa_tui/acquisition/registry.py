"""The strategies by name: ours, each a module with a `STRATEGIES` tuple and one word here, and those of packages."""

from __future__ import annotations

import sys
from collections.abc import Set
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from ..core.strategies import GROUP, installed
from ..errors import SettingsError
from . import (
    badge,
    bald,
    committee,
    coreset,
    density,
    disagreement,
    diverse,
    entropy,
    kmeans,
    least_confidence,
    margin,
    mnlp,
    random_draw,
)
from .contracts import NEEDS, Strategy

_MODULES = (
    random_draw,
    least_confidence,
    entropy,
    margin,
    mnlp,
    kmeans,
    coreset,
    badge,
    bald,
    committee,
    disagreement,
    density,
    diverse,
)

STRATEGIES: dict[str, Strategy] = {strategy.name: strategy for module in _MODULES for strategy in module.STRATEGIES}


def get(name: str) -> Strategy:
    """The strategy of that name; a package's is imported now and looked at.

    Raises:
        SettingsError: there is none (names the nearest), two bear the name, or a package's cannot be used (names
            the package).
    """
    points = [point for point in _brought(tuple(sys.path)) if point.name == name]
    packages = sorted(_package(point) for point in points)
    if name in STRATEGIES and points:
        raise SettingsError(
            f"loop.strategy: package {packages[0]} brings a strategy {name!r}, which is the name of a built-in one; "
            "uninstall the package, or have its strategy renamed"
        )
    if name in STRATEGIES:
        return STRATEGIES[name]
    if len(points) > 1:
        raise SettingsError(
            f"loop.strategy: packages {' and '.join(packages)} each bring a strategy {name!r}; uninstall all but one"
        )
    if points:
        return _loaded(points[0])
    names = [*STRATEGIES, *installed()]
    near = get_close_matches(name, names, n=1, cutoff=0)[0]
    raise SettingsError(
        f"loop.strategy: there is no strategy {name!r}; the nearest is {near!r} (all: {', '.join(names)})"
    )


@cache
def _brought(_path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """What packages bring: tens of milliseconds, once for each search path."""
    return tuple(entry_points(group=GROUP))


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value


def _loaded(point: EntryPoint) -> Strategy:
    where = f"loop.strategy: strategy {point.name!r} of package {_package(point)}"
    try:
        found = point.load()
    except Exception as error:  # foreign code: whatever it raises, the person is told whose it is
        raise SettingsError(
            f"{where} cannot be imported ({type(error).__name__}: {error}); update or uninstall the package"
        ) from error
    wrong = _wrong(point.name, found)
    if wrong:
        raise SettingsError(f"{where} cannot be used: {wrong}; update or uninstall the package")
    return cast(Strategy, found)


def _wrong(name: str, found: object) -> str:
    """What keeps an object from being the strategy of that name; empty if nothing does."""
    if isinstance(found, type):
        return "it is a class, but an instance is wanted"
    if not callable(getattr(found, "select", None)):
        return "it has no method select(view, n, rng)"
    called = getattr(found, "name", None)
    if called != name:
        return f"its name is {called!r}"
    needs = getattr(found, "needs", None)
    if not isinstance(needs, Set):
        return f"its needs are {needs!r}, but a set of names is wanted"
    unknown = sorted(str(need) for need in needs if need not in NEEDS)
    if unknown:
        return f"it needs {', '.join(unknown)}, but a pool has {', '.join(sorted(NEEDS))}"
    return ""
