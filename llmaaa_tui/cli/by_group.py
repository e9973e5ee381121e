"""What `llmaaa status` tells of groups of items and of drift."""

from __future__ import annotations

from typing import Any

from ..core.groups import Grouped, GroupScore
from ..errors import LlmaaaError
from ..store.groups import drift, fields, groups, newest_groups
from ..store.reading import Reading
from ..text import clean


def refuse_unknown(reading: Reading, by: str) -> None:
    """Refuse a field that nothing was measured by.

    Raises:
        LlmaaaError: it names the fields that there are.
    """
    known = fields(reading)
    if by not in known:
        there = f"measured are: {', '.join(known)}" if known else "nothing is measured by group yet"
        raise LlmaaaError(
            f"--by {by}: no figures by that; {there}. Name fields in fairness.by; one with a single value has none"
        )


def as_json(reading: Reading, by: str) -> dict[str, Any]:
    """The keys `groups` (of `by` every round; without it the newest of each field) and `drift`."""
    found = groups(reading, by) if by else newest_groups(reading)
    return {"groups": [one.as_dict() for one in found], "drift": drift(reading).as_dict()}


def drift_lines(reading: Reading) -> list[str]:
    """A line on the sentinels, where any were asked, and one on where the newest student differs from the last."""
    found = drift(reading)
    lines = [found.sentence()] if found.annotator else []
    last = found.student[-1] if found.student else None
    if last is not None and last.disagreement:
        parts = [f"{label} {one.value:.2f} of {one.n}" for label, one in sorted(last.disagreement.items())]
        lines.append(f"the student of round {last.round} differs from the one before in: {', '.join(parts)}")
    return lines


def lines(reading: Reading, by: str) -> list[str]:
    """The newest figures by a field: a line each group, and the largest gap."""
    told = []
    for one in newest_groups(reading, by):
        when = "" if one.round is None else f" after round {one.round}"
        told.append(f"{one.subject} on {one.split}{when}, by {clean(one.field)}:")
        told += [f"  {_group(group)}" for group in one.groups]
        told.append(f"  {_gap(one)}")
    return told


def _group(one: GroupScore) -> str:
    score = one.score
    failed = ""
    if one.failed is not None and one.failed.low is not None and one.failed.high is not None:
        failed = f", failed {one.failed.value:.3f} [{one.failed.low:.3f}, {one.failed.high:.3f}]"
    name = f"{one.value} (all further values)" if one.rest else one.value
    return f"{clean(name)}: F1 {score.f1:.3f} [{score.low:.3f}, {score.high:.3f}] n={score.n}{failed}"


def _gap(one: Grouped) -> str:
    if one.gap is None:
        return "largest gap: too few sentences in all groups but one to hold them against each other"
    return f"largest gap: {clean(one.gap.sentence())}"
