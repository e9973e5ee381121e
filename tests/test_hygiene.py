"""Every entry point loads what it needs and nothing else: each is started by itself, and says what it loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "numpy", "scipy", "sklearn", "faiss", "tokenizers", "safetensors", "seqeval")
SDKS = ("openai", "anthropic", "tiktoken", "genai_prices")
SCREEN = ("textual", "rich")
SQL = "sqlite_utils"
ROOMS = ("annotators", "student", "acquisition", "evaluation", "formats", "worker", "simulator", "cli", "ui", "store")


def rooms(*names: str) -> tuple[str, ...]:
    return tuple(f"llmaaa_tui.{name}" for name in names)


def all_but(*names: str) -> tuple[str, ...]:
    return rooms(*(room for room in ROOMS if room not in names))


CASES = {
    "core": (
        "import pkgutil, llmaaa_tui.core as c\n"
        "for one in pkgutil.iter_modules(c.__path__): __import__(f'llmaaa_tui.core.{one.name}')",
        (*HEAVY, *SDKS, *SCREEN, *all_but(), "click", "platformdirs", SQL, "sqlite3", "asyncio"),
    ),
    "reader and commands": (
        "import llmaaa_tui.store.reader, llmaaa_tui.store.commands",
        (*HEAVY, *SDKS, *SCREEN, *all_but("store"), SQL, "click"),
    ),
    "the command line": (
        "import llmaaa_tui.cli.main",
        (*HEAVY, *SDKS, *SCREEN, *all_but("cli"), SQL),
    ),
    "its help": (
        "from llmaaa_tui.cli.main import main\nimport contextlib, io, sys\nsys.argv = ['llmaaa', '--help']\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()",
        (*HEAVY, *SDKS, "textual", SQL),
    ),
    "the screens": (
        "import llmaaa_tui.cli.attach, llmaaa_tui.ui.app",
        # Of the worker's room the commands know the goals alone, to refuse a wrong one before anything starts.
        (*HEAVY, *SDKS, *all_but("cli", "ui", "store", "worker"), *rooms("worker.machine", "worker.session"), SQL),
    ),
    "status": (
        "import llmaaa_tui.cli.status",
        (*HEAVY, *SDKS, *SCREEN, *all_but("cli", "store"), SQL),
    ),
    "launch": ("import llmaaa_tui.launch", (*HEAVY, *SDKS, *SCREEN, *all_but("store"), SQL)),
    "the worker before it holds the project": (
        "import llmaaa_tui.worker.__main__",
        ("torch", "transformers", "faiss", *SDKS, *SCREEN, *rooms("ui", "cli", "student", "annotators")),
    ),
    "the worker": (
        "import llmaaa_tui.worker.session",
        (*SCREEN, *rooms("ui", "cli"), "openai", "anthropic"),
    ),
    "sending requests": (
        "import llmaaa_tui.annotators.submit, llmaaa_tui.annotators.llm",
        (*HEAVY, *SCREEN, *all_but("annotators"), "openai", "anthropic", SQL),
    ),
    "the simulator": (
        "import llmaaa_tui.simulator.server",
        (*SCREEN, *all_but("simulator", "formats"), "torch", "transformers", "openai", "anthropic", SQL),
    ),
    "finding the simulator": (
        "import llmaaa_tui.simulator.find",
        (*HEAVY, *SDKS, *SCREEN, *all_but("simulator"), SQL),
    ),
    "formats": (
        "import pkgutil, llmaaa_tui.formats as f\n"
        "for one in pkgutil.iter_modules(f.__path__): __import__(f'llmaaa_tui.formats.{one.name}')",
        (*HEAVY, *SDKS, *SCREEN, *all_but("formats"), SQL),
    ),
    "the student": (
        "import llmaaa_tui.student.train, llmaaa_tui.student.predict",
        ("textual", *SDKS, *all_but("student"), SQL),
    ),
    "acquisition": (
        "import llmaaa_tui.acquisition.registry, llmaaa_tui.acquisition.retrieve",
        (*SCREEN, *SDKS, *all_but("acquisition"), "torch", "transformers", SQL),
    ),
    "evaluation": (
        "import llmaaa_tui.evaluation.spans, llmaaa_tui.evaluation.bootstrap",
        (*SCREEN, *SDKS, *all_but("evaluation"), "torch", "transformers", SQL),
    ),
    "the store": (
        "import pkgutil, llmaaa_tui.store as s\n"
        "for one in pkgutil.iter_modules(s.__path__): __import__(f'llmaaa_tui.store.{one.name}')",
        # sqlite-utils itself loads numpy and click where it finds them.
        ("torch", "transformers", "faiss", *SDKS, *SCREEN, *all_but("store")),
    ),
}


def loaded(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.split()


@pytest.mark.parametrize("entry", CASES)
def test_an_entry_point_loads_nothing_it_may_not(entry: str) -> None:
    code, never = CASES[entry]
    modules = set(loaded(code))
    assert "llmaaa_tui" in modules
    assert sorted(name for name in never if name in modules) == []


def test_the_check_sees_what_is_loaded() -> None:
    assert {"numpy", "llmaaa_tui.acquisition"} <= set(loaded("import llmaaa_tui.acquisition.registry"))
