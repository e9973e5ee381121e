"""The application on a real project: what the worker wrote is what the screen says."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from support import Project, llmaaa
from textual.pilot import Pilot
from ui import snapshots
from ui.doubles import Worked

from llmaaa_tui.cli.view import open_reader
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.run import ProjectControls

MakeProject = Any


def _app(folder: Path, *, readonly: bool = False) -> LoopApp:
    paths, settings, reader = open_reader(folder)
    controls = ProjectControls(paths, paths.database(settings), "tester", ("rounds=1",), ())
    return LoopApp(reader, controls, reviewer="tester", readonly=readonly)


def _text(app: LoopApp) -> str:
    return "\n".join("".join(segment.text for segment in line) for line in app.screen._compositor.render_strips())


async def _until(pilot: Pilot[str], words: str, seconds: float = 60) -> str:
    for _ in range(int(seconds / 0.1)):
        await pilot.pause(0.1)
        text = _text(pilot.app)  # type: ignore[arg-type]
        if words in text:
            return text
    raise AssertionError(f"{words!r} never came:\n{text}")


async def test_a_key_starts_the_worker_and_the_round_arrives(make_project: MakeProject) -> None:
    project: Project = make_project("live")
    app = _app(project.folder)
    async with app.run_test(size=(120, 36)) as pilot:
        text = await _until(pilot, "live · named entities")
        assert "SIMULATED" in text
        await pilot.press("s")
        text = await _until(pilot, "goal reached: 1 of 1 rounds", seconds=120)
    row = project.status()["rounds"][0]
    assert f"{row['labelled']} labelled · {row['empty']} empty" in text
    assert f"{row['test']['f1']:.2f}".lstrip("0") in text
    assert project.rows("SELECT requested_by FROM job WHERE kind = 'loop'") == [("tester",)]
    texts = [
        sentence
        for (sentence,) in project.rows(
            "SELECT document.text FROM selection JOIN item ON item.id = item_id"
            " JOIN document ON document.id = document_id ORDER BY rank LIMIT 3"
        )
    ]
    for sentence in texts:
        assert sentence.split()[0] in text


async def test_agreeing_on_the_screen_is_the_consent_the_worker_asks_for(
    tmp_path: Path, corpus: dict[str, Path]
) -> None:
    folder = tmp_path / "paid"
    sets = ("annotator.provider=openai", "annotator.model=gpt-5.6-luna")
    flags = [part for name, path in corpus.items() for part in (f"--{name}", str(path))]
    made = llmaaa("new", folder, *flags, *(part for text in sets for part in ("--set", text)))
    assert made.returncode == 0, made.stderr
    project = Project(folder)
    paths, settings, reader = open_reader(folder)
    controls = ProjectControls(paths, paths.database(settings), "tester", ("rounds=1",), ("loop.batch=7",))
    app = LoopApp(reader, controls, estimator=Worked(snapshots.ESTIMATE), preflight=True, start=True)
    async with app.run_test(size=(120, 36)) as pilot:
        await _until(pilot, "y send it, and start")
        assert project.rows("SELECT COUNT(*) FROM job") == [(0,)]
        await pilot.press("y")
        # Consent is asked for before the key: this run has the one and lacks the other.
        await _until(pilot, "OPENAI_API_KEY: is not in the environment")
    ((arguments,),) = project.rows("SELECT arguments FROM job WHERE kind = 'loop'")
    assert json.loads(arguments)["set"] == ["loop.batch=7", "annotator.allow_remote=true"]


async def test_pause_and_stop_keys_reach_the_worker(make_project: MakeProject) -> None:
    project: Project = make_project("held", "annotator.concurrency=1", "student.epochs=300", "student.patience=300")
    headless = project.start("--until", "rounds=1")
    try:
        app = _app(project.folder)
        async with app.run_test(size=(120, 36)) as pilot:
            await _until(pilot, "training")
            await pilot.press("q")
            await _until(pilot, "detach", seconds=10)
            await pilot.press("s")
            for _ in range(300):
                await pilot.pause(0.1)
                if headless.poll() is not None:
                    break
        assert headless.wait(timeout=30) == 7
    finally:
        headless.kill()
        await asyncio.to_thread(headless.communicate)
