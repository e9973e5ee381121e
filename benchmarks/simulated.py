"""What the benchmarks of the paid layer share: a simulator in a process of its own, and real questions for it.

Everything here is SIMULATED: the answers and the bill are the simulator's. The clients, the SDK, the questions, the
readers and the ledger are the real ones.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from llmaaa_tui.annotators.contracts import Bundle, PlanItem, Rates, Request
from llmaaa_tui.annotators.llm import LlmAnnotator
from llmaaa_tui.annotators.openai_client import OpenAIClient
from llmaaa_tui.annotators.prompt import Prompt
from llmaaa_tui.annotators.traits import traits
from llmaaa_tui.core.document import Document
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.simulator.rates import RATES as SIMULATED
from llmaaa_tui.simulator.rates import prompt_tokens

PROFILE = "exact"
MODEL = f"simulated-{PROFILE}"
RATES = Rates(
    input=SIMULATED[PROFILE].input_nanousd,
    cached=SIMULATED[PROFILE].cached_nanousd,
    cache_write=SIMULATED[PROFILE].input_nanousd,
    output=SIMULATED[PROFILE].output_nanousd,
    source="simulator",
    as_of="simulated",
)
KEY = "sk-simulated"
TIMEOUT_S = 60.0
ANSWER_TOKENS = 60
"""More than any of the simulator's true answers here has."""

_NAMES = ("Ada Novak", "Boris Lem", "Clara Onyango", "Dino Reyes", "Ewa Lind", "Farid Haas")
_TOWNS = ("Dodoma", "Arusha", "Lisbon", "Turin", "Oslo", "Quito", "Gent")


def sentences(count: int, seed: int) -> list[dict[str, Any]]:
    """Generated sentences with a person and a town each; no two are alike."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        name, town = rng.choice(_NAMES), rng.choice(_TOWNS)
        text = f"{name} took the bus number {number} to {town} on day {rng.randrange(10**6)} of the long strike."
        start = text.index(town)
        spans = [
            {"start": 0, "end": len(name), "label": "PER"},
            {"start": start, "end": start + len(town), "label": "LOC"},
        ]
        rows.append({"id": str(number), "text": text, "spans": spans})
    return rows


def annotator() -> LlmAnnotator:
    """The annotator of the benchmarks."""
    prompt = Prompt("ner", LabelSet.of(("PER", "LOC")))
    return LlmAnnotator(MODEL, "openai", "simulated", MODEL, prompt, traits("simulator", MODEL), {})


def documents(rows: list[dict[str, Any]]) -> dict[int, Document]:
    """The sentences by item."""
    return {number: Document(row["text"]) for number, row in enumerate(rows)}


def requests(texts: Mapping[int, Document]) -> list[Request]:
    """One question a sentence."""
    return annotator().plan([Bundle((PlanItem(item, document),)) for item, document in texts.items()])


def tight(question: Request) -> Request:
    """The question with bounds just above what the simulator bills for it."""
    asked = prompt_tokens(message["content"] for message in question.body["messages"])
    return replace(question, input_bound=asked + 2, output_bound=ANSWER_TOKENS)


def client(base_url: str, timeout_s: float = TIMEOUT_S) -> OpenAIClient:
    """The real client, on the official SDK."""
    return OpenAIClient(base_url, KEY, timeout_s)


class Simulator:
    """A simulator in a process of its own, with its bill in `folder`.

    Args:
        rows: the sentences it knows, from `sentences`.
        faults: a script of faults, as `llmaaa simulator --faults` takes it.
    """

    def __init__(
        self, folder: Path, rows: list[dict[str, Any]], *, latency_ms: int, faults: Mapping[str, Any] | None = None
    ) -> None:
        self.state = folder / "simulator.db"
        gold = folder / "gold.jsonl"
        gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        command = [sys.executable, "-m", "llmaaa_tui", "simulator", "--gold", str(gold), "--profile", PROFILE]
        command += ["--latency-ms", str(latency_ms), "--state", str(self.state), "--seed", "0"]
        if faults is not None:
            command += ["--faults", json.dumps(faults)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the simulator did not start: llmaaa simulator says why")
        self.base_url: str = json.loads(line)["base_url"]

    def ask(self, path: str) -> Any:
        """The JSON at one of its own addresses, such as `/bill`."""
        with urllib.request.urlopen(self.base_url.removesuffix("/v1") + path, timeout=30) as answer:
            return json.load(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=30)
        assert self._process.stdout is not None
        self._process.stdout.close()
