"""The figures of `learning_curves.py`: means over seeds with intervals, labels needed, and their tables."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any

from scipy.special import stdtrit

SETS = ("conll2003", "masakhaner2-swa", "masakhaner2-zul", "wnut17")
STRATEGIES = ("random", "least_confidence", "entropy", "kmeans")
PLAIN = "none"
Row = dict[str, Any]
"""One finished cell; figures by round (labels, test_f1, picked_f1, …) are lists."""


def later_rounds(row: Row) -> float:
    """Mean test F1 after the first round, which every strategy begins with alike."""
    return fmean(row["test_f1"][1:])


def mean_of(values: Sequence[float]) -> dict[str, Any]:
    """Mean with Student's 95 % interval; one value has none."""
    n = len(values)
    half = stdtrit(n - 1, 0.975) * stdev(values) / n**0.5 if n > 1 else None
    mean = fmean(values)
    return {"mean": mean, "low": None if half is None else mean - half, "high": None if half is None else mean + half}


def curves(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Mean test F1 and number of labels by round, over the seeds of each set, strategy and reweighting."""
    found = []
    for key, group in _groups(rows).items():
        f1 = [mean_of(values) for values in zip(*(row["test_f1"] for row in group), strict=True)]
        for one in f1:
            if one["low"] is not None:
                one.update(low=max(0.0, one["low"]), high=min(1.0, one["high"]))
        found.append(
            {
                **dict(zip(("set", "strategy", "reweight"), key, strict=True)),
                "seeds": sorted(row["seed"] for row in group),
                "labels": [fmean(values) for values in zip(*(row["labels"] for row in group), strict=True)],
                "test_f1": f1,
                "annotator_f1": fmean(f1 for row in group for f1 in row["picked_f1"]),
                "spent_nanousd": fmean(row["spent_nanousd"] for row in group),
                "seconds": fmean(row["seconds"] for row in group),
            }
        )
    return found


def _groups(rows: Sequence[Row]) -> dict[tuple[str, str, str], list[Row]]:
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in sorted(rows, key=_place):
        groups.setdefault((row["set"], row["strategy"], row["reweight"]), []).append(row)
    return groups


def _place(row: Row) -> tuple[Any, ...]:
    def at(known: Sequence[str], name: str) -> tuple[int, str]:
        return (known.index(name) if name in known else len(known), name)

    return (
        at(SETS, row["set"]),
        row["reweight"] != PLAIN,
        row["reweight"],
        at(STRATEGIES, row["strategy"]),
        row["seed"],
    )


def labels_to_reach(target: float, labels: Sequence[float], f1: Sequence[float]) -> float | None:
    """With how many labels a curve first reaches `target`, straight between its rounds; None where it never does."""
    if f1[0] >= target:
        return labels[0]
    for left in range(len(f1) - 1):
        if f1[left + 1] >= target:
            share = (target - f1[left]) / (f1[left + 1] - f1[left])
            return labels[left] + share * (labels[left + 1] - labels[left])
    return None


def against_random(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Each curve beside plain random's over the same seeds: labels to random's final F1, and the paired gains in F1."""
    plain = {(row["set"], row["seed"]): row for row in rows if (row["strategy"], row["reweight"]) == ("random", PLAIN)}
    found, pairs_of = [], dict[tuple[str, str], list[tuple[Row, Row]]]()
    for (name, strategy, reweight), group in _groups(rows).items():
        pairs = [(row, plain[name, row["seed"]]) for row in group if (name, row["seed"]) in plain]
        if not pairs:
            continue
        target = fmean(random_row["test_f1"][-1] for _, random_row in pairs)
        [curve] = curves([row for row, _ in pairs])
        needed = labels_to_reach(target, curve["labels"], [one["mean"] for one in curve["test_f1"]])
        reached = {"random_final_f1": target, "labels_needed": needed}
        found.append({"set": name, "strategy": strategy, "reweight": reweight, **reached, **_gains(pairs)})
        pairs_of.setdefault((strategy, reweight), []).extend(pairs)
    for (strategy, reweight), pairs in pairs_of.items():
        nothing = {"random_final_f1": None, "labels_needed": None}
        found.append({"set": "all", "strategy": strategy, "reweight": reweight, **nothing, **_gains(pairs)})
    return found


def _gains(pairs: Sequence[tuple[Row, Row]]) -> dict[str, Any]:
    return {
        "pairs": len(pairs),
        "final_gain": mean_of([row["test_f1"][-1] - other["test_f1"][-1] for row, other in pairs]),
        "later_gain": mean_of([later_rounds(row) - later_rounds(other) for row, other in pairs]),
    }


def _interval(one: dict[str, Any], sign: str = "") -> str:
    if one["low"] is None:
        return f"{one['mean']:{sign}.3f}"
    return f"{one['mean']:{sign}.3f} [{one['low']:{sign}.3f}, {one['high']:{sign}.3f}]"


def tables(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        f"{result['cells_done']} of {result['cells_wanted']} cells are there; annotator: gpt-4-turbo, SIMULATED. "
        f"Versions: {', '.join(result['versions']) or 'none'}."
    ]
    if result["missing"]:
        empty: dict[str, list[str]] = {}
        for cell in result["missing"]:
            empty.setdefault(f"{cell['set']} {cell['strategy']} {cell['reweight']}", []).append(str(cell["seed"]))
        said = "; ".join(f"{kind}: seed {', '.join(seeds)}" for kind, seeds in empty.items())
        lines.append(f"Empty cells: {said}.")
    if not result["curves"]:
        return "\n".join(lines)
    rounds = max(len(row["labels"]) for row in result["curves"])
    heads = [f"{fmean(r['labels'][at] for r in result['curves'] if len(r['labels']) > at):.0f}" for at in range(rounds)]
    lines += [
        "",
        "Mean test F1 (SIMULATED annotator) by number of labels, with its 95 % interval over n seeds:",
        "",
        f"| set | strategy | reweight | n | {' | '.join(heads)} | annotator F1 | $ | minutes |",
        f"|---|---|---|---{'|---' * rounds}|---|---|---|",
    ]
    for row in result["curves"]:
        figures = [_interval(one) for one in row["test_f1"]] + [""] * (rounds - len(row["test_f1"]))
        lines.append(
            f"| {row['set']} | {row['strategy']} | {row['reweight']} | {len(row['seeds'])} | {' | '.join(figures)} "
            f"| {row['annotator_f1']:.2f} | {row['spent_nanousd'] / 1e9:.2f} | {row['seconds'] / 60:.1f} |"
        )
    lines += [
        "",
        "Labels needed to reach random's final F1 (mean curves, straight between rounds), and gains in test F1 over "
        "random with the same seed, at the end and averaged over the rounds after the first (n pairs, 95 % intervals):",
        "",
        "| set | strategy | reweight | n | random's final F1 | labels needed | gain at the end | mean gain |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in result["against_random"]:
        whole = row["random_final_f1"] is None
        needed = "" if whole else "not reached" if row["labels_needed"] is None else f"{row['labels_needed']:.0f}"
        itself = (row["strategy"], row["reweight"]) == ("random", PLAIN)
        gains = ["", ""] if itself else [_interval(row[key], "+") for key in ("final_gain", "later_gain")]
        if whole and itself:
            continue
        target = "" if whole else f"{row['random_final_f1']:.3f}"
        lines.append(
            f"| {row['set']} | {row['strategy']} | {row['reweight']} | {row['pairs']} | {target} | {needed} "
            f"| {' | '.join(gains)} |"
        )
    return "\n".join(lines)
