"""`llmaaa leakage`: what probes say about whether an annotator has seen a dataset before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from ..core.leakage import Finding, Verdict, as_dict, sentence
from ..core.snapshot import Measure
from ..text import clean


@click.command()
@click.option(
    "--recorded",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Answers that others recorded: a folder a model, in it <dataset>_sample_source.json and "
    "<dataset>_sentence_continuation.json. Asks nobody, needs no project.",
)
@click.option("--json", "as_json", is_flag=True, help="All figures, as JSON with stable keys.")
def command(recorded: Path | None, as_json: bool) -> int:
    """Say what leakage probes come to: rates with exact intervals, held against their controls. What they cannot tell
    stands in docs/LEAKAGE.md."""
    if recorded is None:
        raise click.UsageError("say whose answers: --recorded DIR")
    from ..evaluation.recorded_probes import findings, read

    tell([finding for one in read(recorded) for finding in findings(one)], as_json)
    return 0


def tell(found: Sequence[Finding], as_json: bool) -> None:
    """The findings on stdout, as JSON or as lines."""
    if as_json:
        print(json.dumps({"probes": [as_dict(one) for one in found]}, ensure_ascii=False, indent=2))
        return
    for line in lines(found):
        print(line)


def lines(found: Sequence[Finding]) -> list[str]:
    """The findings for a person: a heading an annotator and dataset, a line a probe, what else to know below it."""
    told = []
    heading = None
    for one in found:
        if (one.annotator, one.dataset) != heading:
            heading = one.annotator, one.dataset
            mark = f" · {one.simulated.upper()}" if one.simulated else ""
            told.append(f"{clean(one.annotator)} · {clean(one.dataset)}{mark}")
        repeats = f" × {one.repeats}" if one.repeats > 1 else ""
        figure = f"{one.rate:.2f} [{one.low:.2f}, {one.high:.2f}] n={one.n:,}{repeats}"
        beside = f", against {_figure(one.against)}" if one.against else ""
        beside += f", ROUGE-L {_figure(one.rouge_l)}" if one.rouge_l else ""
        beside += f", difference {_figure(one.effect)}" if one.effect else ""
        words = sentence(one) if one.verdict is not Verdict.NO_CONTROL or not one.n else "no control: no verdict"
        told.append(f"  {one.probe.value:<12}  {one.rule:<5}  {figure}{beside}: {words}")
        if one.hint:
            told.append(f"      {clean(one.hint)}")
    return told


def _figure(one: Measure) -> str:
    interval = "" if one.low is None or one.high is None else f" [{one.low:.2f}, {one.high:.2f}]"
    return f"{one.value:.2f}{interval} n={one.n:,}"
