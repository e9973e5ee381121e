"""The names of the acquisition strategies, known where numpy is not: in settings, help and the palette."""

from __future__ import annotations

STRATEGIES = (
    "random",
    "least_confidence",
    "least_confidence_sum",
    "least_confidence_max",
    "entropy",
    "entropy_sum",
    "entropy_max",
    "margin",
    "margin_sum",
    "margin_max",
    "mnlp",
    "kmeans",
    "coreset",
    "badge",
    "bald",
    "committee",
    "disagreement",
    "density",
    "diverse",
)

GROUP = "llmaaa_tui.strategies"
"""The entry points of installed packages that bring strategies of their own, each under its strategy's name."""


def installed() -> tuple[str, ...]:
    """The names of strategies that installed packages bring; none of them is imported."""
    from importlib.metadata import entry_points  # 20 ms that a strategy of ours need not pay

    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))
