"""`llmaaa status DIR`: a run in figures, for a person or as JSON with stable keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ..core.crossing import sentence
from ..core.forecast import Point
from ..core.human_cost import Part
from ..core.league import LeagueRow
from ..core.leakage import Finding, Probe, Verdict, suspected
from ..core.leakage import sentence as verdict
from ..core.money import format_usd
from ..core.routes import dollars, sentences, target_of
from ..core.snapshot import Baseline, Measure, RoundRow, Score, Snapshot
from ..core.status import forecast_json, status
from ..core.tasks import Task, shown_as
from ..paths import ProjectPaths
from ..store.gold_curve import gold_curve
from ..store.league import League
from ..store.purged import purged
from . import baseline_loops, by_group, view


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="All figures, as JSON with stable keys.")
@click.option("--by", default="", metavar="FIELD", help="Scores by group: label, language, or a key of the metadata.")
def command(folder: Path, as_json: bool, by: str) -> int:
    """Report on the run of DIR."""
    paths, settings, reader = view.open_reader(folder)
    database = paths.database(settings)
    snapshot, moment = reader.snapshot(), purged(database)
    if by:
        by_group.refuse_unknown(reader, by)
    league = League(database, paths.ledger(settings))
    rows = [row for row in league.table(snapshot.seq) if row.kind == "annotator"]
    league.close()
    if as_json:
        forecast = forecast_json(snapshot, gold_curve(paths.baselines))
        view.print_json(
            snapshot,
            purged=moment or None,
            baselines=baseline_list(snapshot, paths),
            forecast=forecast,
            annotators=[_as_json(row) for row in rows],
            **by_group.as_json(reader, by),
        )
        return 0
    if by:
        print("\n".join(by_group.lines(reader, by)))
        return 0
    print(in_words(snapshot, rows))
    for line in by_group.drift_lines(reader):
        print(line)
    for line in of_people(snapshot, gold_curve(paths.baselines)):
        print(line)
    for line in baseline_loops.lines(paths):
        print(line)
    if moment:
        print(f"purged on {moment[:10]}: texts and answers are deleted, what they cost is kept")
    return 0


def baseline_list(snapshot: Snapshot, paths: ProjectPaths) -> list[dict[str, Any]]:
    """The key `baselines` of the JSON: what was measured here, and the loops in folders of their own."""
    return [*status(snapshot)["baselines"], *baseline_loops.as_json(paths)]


def _as_json(row: LeagueRow) -> dict[str, Any]:
    """An annotator in the key `annotators`: its answers against hidden gold, and the split it was measured on."""
    return {
        "name": row.name,
        "simulated": row.simulated or False,
        "usable": row.usable,
        "failed": dict(row.failed),
        "picked": asdict(row.picked) if row.picked else None,
        "accuracy": asdict(row.accuracy) if row.accuracy else None,
        "split": row.split or None,
        "measured": asdict(row.measured) if row.measured else None,
        "measured_accuracy": asdict(row.measured_accuracy) if row.measured_accuracy else None,
        "measured_failed": row.measured_failed,
    }


def _of_annotator(row: LeagueRow, units: str) -> list[str]:
    """What its answers of all rounds were worth, and those about a gold split; nothing where no gold tells."""
    lines = []
    if row.picked is not None:
        failed = ", ".join(f"{count} {name}" for name, count in row.failed.items()) or "0"
        right = f"accuracy {_measured(row.accuracy, units)}, " if row.accuracy else ""
        said = f"{right}F1 {_f1(row.picked, units)}; {row.usable} usable, failed {failed}"
        lines.append(f"{row.name} on all {units} picked: {said}")
    if row.measured is not None:
        right = f"accuracy {_measured(row.measured_accuracy, units)}, " if row.measured_accuracy else ""
        failed = f"; {row.measured_failed} of them failed" if row.measured_failed else ""
        lines.append(f"{row.name} on {row.split}: {right}F1 {_f1(row.measured, units)}{failed}")
    return lines


def _f1(score: Score | None, units: str) -> str:
    if score is None:
        return "–"
    of = f" {units}{_held(score)}" if score.sentences else ""
    return f"{score.f1:.3f} [{score.low:.3f}, {score.high:.3f}] n={score.n}{of}"


def _held(score: Score | None) -> str:
    """In how many sentences a score's pairs are, which is what its interval rests on; "" of other items."""
    return f" in {score.sentences:,} sentences" if score is not None and score.sentences else ""


def _of_student(rounds: Sequence[RoundRow], task: Task) -> list[str]:
    """How far the newest measured student is to be believed, and whether it still changes its mind."""
    row = next((one for one in reversed(rounds) if one.uncertainty or one.calibration), None)
    if row is None:
        return []
    lines = []
    if row.calibration is not None:
        lines.append(f"confidence after round {row.round}: {row.calibration.words(decisions=task.decisions)}")
    parts = []
    if row.agreement is not None:
        parts.append(f"kappa {_measured(row.agreement, task.decisions)} with the student before")
    if row.uncertainty is not None:
        parts.append(f"{task.entropy} {_measured(row.uncertainty, task.decisions)}")
    if parts:
        lines.append(f"on the stop set after round {row.round}: {', '.join(parts)}")
    return lines


def _measured(one: Measure, of: str) -> str:
    low = "" if one.low is None or one.high is None else f" [{one.low:.3f}, {one.high:.3f}]"
    return f"{one.value:.3f}{low} n={one.n:,} {of}"


def _made_of(one: Baseline, units: str) -> str:
    """What a baseline's figure rests on."""
    if one.train_size:
        return f", trained on {one.train_size} gold {units}"
    return f", {one.failed} answers failed and count as nothing found" if one.failed else ""


def in_words(snapshot: Snapshot, annotators: Sequence[LeagueRow] = ()) -> str:
    """The whole report as plain lines, with what is known of each annotator over all rounds."""
    mark = f"  {snapshot.simulated.upper()}" if snapshot.simulated else ""
    budget = snapshot.budget
    task = shown_as(snapshot.task)
    units = task.units
    lines = [
        f"{snapshot.project} · {snapshot.task} · {' '.join(snapshot.labels)} · {snapshot.mode} mode{mark}",
        f"annotator {snapshot.annotator} · encoder {snapshot.encoder} · pool {snapshot.pool}",
        f"worker {snapshot.worker.state}" + (f", {snapshot.worker.phase}" if snapshot.worker.phase else ""),
    ]
    if snapshot.ended and snapshot.worker.state == "none":
        lines.append(f"ended ({snapshot.ended.code}): {snapshot.ended.reason}")
    if snapshot.encoder_warning:
        lines.append(f"warning: {snapshot.encoder_warning}")
    doubt = " IN DOUBT (leakage)" if suspected(snapshot.leakage, snapshot.annotator) else ""
    for row in snapshot.rounds:
        failed = ", ".join(f"{count} {name}" for name, count in row.failed.items()) or "0"
        picked = _f1(row.picked, units) + (doubt if row.picked else "")
        lines.append(
            f"round {row.round}: {row.strategy}, {row.selected} picked, {row.labelled} labelled, {row.empty} empty, "
            f"failed {failed}, dev F1 {_f1(row.dev, units)}, test F1 {_f1(row.test, units)}, "
            + "".join(
                f"{split} accuracy {_measured(one, units + _held(row.dev if split == 'dev' else row.test))}, "
                for split, one in row.accuracy.items()
            )
            + f"annotator on the {units} picked {picked}, ${format_usd(row.cost_nanousd)}"
        )
    if snapshot.rounds and snapshot.rounds[-1].teacher and not any(row.measured for row in annotators):
        last = snapshot.rounds[-1]
        lines.append(f"annotator on {last.teacher_split}: F1 {_f1(last.teacher, units)}{doubt}")
    for one in annotators:
        lines += _of_annotator(one, units)
    if snapshot.crossing is not None:
        lines.append(sentence(snapshot.crossing))
    lines += _of_student(snapshot.rounds, task)
    lines += [
        f"baseline {one.name}, {one.split} F1 {_f1(one.score, units)}{_made_of(one, units)}"
        for one in snapshot.baselines
    ]
    lines += of_leakage(snapshot)
    lines.append(
        f"spent ${format_usd(budget.spent_nanousd, 6)}, held ${format_usd(budget.held_nanousd, 6)}, "
        f"unconfirmed ${format_usd(budget.unconfirmed_nanousd, 6)}, cap ${format_usd(budget.cap_nanousd, 2)}"
        + (f", prices {budget.prices_as_of}" if budget.prices_as_of else "")
    )
    return "\n".join(lines)


def of_leakage(snapshot: Snapshot) -> list[str]:
    """A line a probe of an annotator, evidence against it first."""
    lines = []
    for one in sorted(snapshot.leakage, key=lambda one: (one.annotator, one.verdict is not Verdict.EVIDENCE)):
        mark = f" ({one.simulated.upper()})" if one.simulated else ""
        lines.append(f"leakage of {one.annotator}{mark}: {_probed(one)}")
    return lines


def _probed(one: Finding) -> str:
    what = f"{one.probe}{f' on {one.dataset}' if one.dataset else ''}{' in the rounds so far' if one.round else ''}"
    rate = "" if one.probe is Probe.PERTURBED else f" {one.rate:.2f} [{one.low:.2f}, {one.high:.2f}]"
    return f"{what}{rate}, {verdict(one)}"


def of_people(snapshot: Snapshot, gold: Sequence[Point] = ()) -> list[str]:
    """What people would cost beside everything spent, with the formula, and what the F1 asked for takes by each route.

    Args:
        gold: the learning curve of the baseline loop on gold, where one was run.
    """
    human, lines = snapshot.human, []
    if human.ratio_low is not None and human.ratio_high is not None:
        assert human.alone_low is not None
        assert human.alone_high is not None
        beside = f"LLM ${format_usd(human.llm_nanousd, 6)}, gold {_ends(human.part('gold'))}"
        if human.part("review").low is not None:
            beside += f", review {_ends(human.part('review'))}"
        lines = [
            f"people would cost {_ends(human.part('people'))} ({human.basis})",
            f"that is {_times(human.ratio_low, human.ratio_high)} times all that was spent here ({beside}) and "
            f"{_times(human.alone_low, human.alone_high)} times the LLM alone",
            f"formula: {human.formula}",
        ]
    found = dollars(target_of(snapshot.goals, human), snapshot.rounds, human, gold)
    return lines + [f"forecast: {line}" for line in sentences(found)]


def _ends(part: Part) -> str:
    low, high = format_usd(part.low or 0, 2), format_usd(part.high or 0, 2)
    return f"${low}" if low == high else f"${low} – {high}"


def _times(low: float, high: float) -> str:
    least, most = (f"{one:.0f}" if one >= 10 else f"{one:.2g}" for one in (low, high))
    return least if least == most else f"{least} – {most}"
