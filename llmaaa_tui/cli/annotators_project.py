"""`llmaaa annotators DIR`: what is known of a project's annotators, what comparing them costs, and the comparison."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..core.comparison import ComparedRow, Comparison, Difference
from ..core.comparison_json import as_json
from ..core.league import LeagueRow
from ..core.money import format_usd
from ..core.snapshot import Measure
from ..core.tasks import NER, Shape, Task, UnknownTaskError, get
from ..launch import start_worker
from ..paths import open_project
from ..store.comparison import Comparisons
from ..store.league import League
from ..store.purged import refuse_purged
from . import view
from .run import Printer, interrupted

PERCENT = 100


def report(folder: Path, *, as_values: bool) -> str:
    """The newest comparison and the table of all annotators so far; asks nobody."""
    paths, settings = open_project(folder)
    database, ledger = paths.database(settings), paths.ledger(settings)
    comparisons, league = Comparisons(database, ledger), League(database, ledger)
    try:
        found, rows = comparisons.newest(), league.table()
        task = _task(str(league.value("SELECT task FROM project")))
    finally:
        comparisons.close()
        league.close()
    if as_values:
        return json.dumps({**as_json(found), "league": [asdict(row) for row in rows]}, ensure_ascii=False, indent=2)
    lines = in_words(found, task) if found else ["nothing was compared yet; see: llmaaa annotators DIR --estimate"]
    return "\n".join([*lines, *_league(rows, task)])


def estimate(folder: Path, wanted: Mapping[str, Any], overrides: tuple[str, ...], *, as_values: bool) -> str:
    """What a comparison asks and costs, and how much is left under the cap; asks nobody.

    Raises:
        LlmaaaError: it could not be made; the sentence that making it would end with.
    """
    from ..store import items
    from ..store.database import Store
    from ..store.ledger import LedgerStore
    from ..worker.compare_plan import Wanted, planned
    from ..worker.session import student_settings

    paths, settings = open_project(folder, overrides)
    refuse_purged(paths.database(settings))
    store = Store(paths.database(settings))
    try:
        project = items.project(store)
        project.refuse_other(settings.project.task)
        labels = project.label_set(dict(settings.labels))
        ledger = LedgerStore(paths.ledger(settings), project.uuid)
        try:
            student = student_settings(settings)
            plan = planned(paths, settings, labels, store, ledger, student, Wanted.of(wanted), overrides)
            totals = ledger.totals()
        finally:
            ledger.close()
    finally:
        store.close()
    taken = totals.spent_nanousd + totals.held_nanousd + totals.unconfirmed_nanousd
    free = max(0, settings.cap_nanousd - taken)  # a run sets this cap first
    values = plan.as_json(settings, free)
    if as_values:
        return json.dumps(values, ensure_ascii=False, indent=2)
    said = [f"{get(settings.project.task).count(len(plan.items))} of {plan.wanted.split}, {plan.wanted.draw} draw"]
    said += [one.sentence for one in plan.plans]
    expected, worst = (format_usd(values[name], 4) for name in ("expected_nanousd", "worst_nanousd"))
    said.append(f"in all ${expected} expected, ${worst} at most; ${format_usd(free, 4)} are free under the cap")
    return "\n".join([*said, *(f"note: {note}" for note in values["notes"])])


def measure(
    folder: Path, wanted: Mapping[str, Any], overrides: tuple[str, ...], requested_by: str, *, as_values: bool
) -> int:
    """Have a worker compare, print its lines, then the figures; gives the exit code of the run."""
    paths, settings, reader = view.open_reader(folder, overrides, writes=True)
    database = paths.database(settings)
    refuse_purged(database)
    before = reader.snapshot().seq
    try:
        worker = start_worker(
            paths, database, overrides=overrides, errand="compare", wanted=wanted, requested_by=requested_by
        )
        snapshot = view.follow(reader, database, worker, Printer(before).show)
    except KeyboardInterrupt:
        return interrupted(database)
    finally:
        reader.close()
    code = view.outcome(snapshot, before, paths.log)
    if not code:
        print(report(folder, as_values=as_values))
    return code


def in_words(found: Comparison, task: Task) -> list[str]:
    """The table, and what follows from it."""
    width = max(len(row.name) for row in found.rows)
    units, spans = task.units, task.shape is Shape.SPANS
    times = f", {found.repeats} answers each" if found.repeats > 1 else ""
    head = f"{'':<{width}}  {'usable':>8}  {'F1 all':<18}{'F1 usable':>9} "
    head += f"{'tokens':>7} {'entity':>7} " if spans else f"{'accuracy':>15} "
    head += f"{'kappa':>6} {'self':>6} {'failed':>7} {'s/1,000':>8} {'$/1,000':>9} {'$/right':>9}"
    lines = [f"{task.count(found.items)} of {found.split} ({found.draw} draw){times}", head]
    lines += [_line(row, width, spans=spans) for row in found.rows]
    for row in found.rows:
        word = f"{row.simulated.upper()}, " if row.simulated else ""
        failed = ", ".join(f"{count:,} {name}" for name, count in row.failed.items())
        lines.append(f"{row.name}: {word}{row.manner}" + (f"; failed: {failed}" if failed else ""))
        if row.leakage:
            lines.append(f"{row.name}: IN DOUBT, {row.leakage}")
    beside = [one for one in found.agreements if "gold" in (one.first, one.second) and one.cohen_kappa]
    lines += [
        f"agreement of {one.first} and {one.second}: Cohen's kappa {_ends(one.cohen_kappa)}, Krippendorff's alpha "
        f"{_ends(one.krippendorff_alpha)}"
        for one in beside
    ]
    if found.difference:
        lines.append(_difference(found.difference, units))
    if found.pareto:
        lines.append(f"no other has both a better F1 and a lower price than: {', '.join(found.pareto)}")
    if found.recommendation:
        lines.append(found.recommendation)
    lines.append(f"these answers cost ${format_usd(found.spent_nanousd, 4)}")
    return [*lines, *LEGEND]


LEGEND = (
    "F1 all: a failed answer found nothing. kappa: Fleiss' over repeats, self: F1 between repeats: how far one agrees",
    "with itself, not how good it is. s and $: per 1,000 with one answer each, and per right label.",
)


def _line(row: ComparedRow, width: int, *, spans: bool) -> str:
    f1 = row.f1
    over_all = "–" if f1 is None else f"{_figure(f1.f1)} [{_figure(f1.low)}, {_figure(f1.high)}]"
    usable = _figure(row.f1_usable.f1 if row.f1_usable else None)
    percent = "–" if row.token_accuracy is None else f"{row.token_accuracy.value * PERCENT:.1f}"
    middle = f"{percent:>7} {_value(row.entity_token_accuracy):>7}" if spans else f"{_value(row.accuracy):>15}"
    failed = f"{row.failures / row.answers:.1%}" if row.answers else "–"
    seconds = "–" if row.seconds_per_1000 is None else f"{row.seconds_per_1000:,.0f}"
    return (
        f"{row.name:<{width}}  {row.usable:>3}/{row.items:<4}  {over_all:<18}{usable:>9} {middle}"
        f" {_value(row.fleiss_kappa):>6} {_value(row.self_f1):>6} {failed:>7} {seconds:>8}"
        f" {_usd(row.nanousd_per_1000, 3):>9} {_usd(row.nanousd_per_correct, 6):>9}"
    )


def _difference(one: Difference, units: str) -> str:
    p = "p < .001" if one.p < 0.001 else f"p = {_figure(one.p)}"
    return (
        f"{one.first} less {one.second}: F1 {one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}], {p}, "
        f"n = {one.n:,} {units} (paired bootstrap)"
    )


def _league(rows: Sequence[LeagueRow], task: Task) -> list[str]:
    """All that was asked about so far, whether compared or not."""
    lines = ["", "in the project so far:"] if rows else []
    for row in rows:
        parts = [f"{row.name} ({row.kind})"]
        if row.kind == "annotator":
            parts.append(f"{row.usable:,} usable, {sum(row.failed.values()):,} failed")
        if row.picked:
            parts.append(f"F1 on the {task.units} picked {_figure(row.picked.f1)} n = {row.picked.n:,}")
        if row.measured:
            parts.append(f"F1 on {row.split} {_figure(row.measured.f1)} n = {row.measured.n:,}")
        if row.cost_nanousd is not None:
            parts.append(f"${format_usd(row.cost_nanousd, 4)}")
        lines.append(", ".join(parts))
    return lines


def _task(name: str) -> Task:
    try:
        return get(name)
    except UnknownTaskError:
        return NER  # its package is not installed here


def _ends(found: Measure | None) -> str:
    if found is None or found.low is None or found.high is None:
        return _value(found)
    return f"{_figure(found.value)} [{_figure(found.low)}, {_figure(found.high)}] n = {found.n:,}"


def _value(found: Measure | None) -> str:
    return _figure(found.value if found else None)


def _usd(nanousd: int | None, places: int) -> str:
    return "–" if nanousd is None else format_usd(nanousd, places)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".replace("0.", ".", 1)
