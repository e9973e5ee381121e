"""The pictures of the documentation and every other screen are what the application draws now."""

from __future__ import annotations

import difflib
import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from ui import pictured, recorded
from ui.pictured import MANIFEST, PICTURES, PUBLISHED, TEXTS, TOURS, Tour
from ui.recorded import ARRIVING, DONE

NOW = "look at it, then: python scripts/pictures.py"


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(MANIFEST.read_text())
    return found


@pytest.mark.parametrize("tour", TOURS, ids=lambda tour: tour.name)
async def test_the_screens_are_as_pictured(
    tour: Tour, manifest: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the project's folder is made here, and screens name it
    if manifest["baseline"] != pictured.baseline():
        pytest.skip(f"the pictures were drawn with {manifest['baseline']}")
    wrong = []
    async with pictured.on_tour(tour) as pilot:
        for stop in tour.stops:
            name, text = tour.named(stop), await pictured.reach(pilot, stop)
            file = TEXTS / f"{name}.txt"
            before = file.read_text(encoding="utf-8") if file.exists() else ""
            if text != before and stop.kept:
                lines = difflib.unified_diff(before.splitlines(), text.splitlines(), file.name, "now", lineterm="", n=0)
                wrong.append("\n".join(lines))
            for theme in pictured.THEMES if tour in PUBLISHED else ():
                drawn = hashlib.sha256((await pictured.svg(pilot, theme)).encode()).hexdigest()
                picture = f"{name}-{theme}.png"
                if drawn != manifest["pictures"].get(picture, {}).get("svg") and text == before:
                    wrong.append(f"{picture}: the words are the same, a colour or a style is not")
    assert not wrong, "\n\n".join([*wrong, NOW])


def test_every_picture_is_the_one_in_the_manifest(manifest: dict[str, Any]) -> None:
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in PICTURES.glob("*.png")}
    assert there == {name: one["png"] for name, one in manifest["pictures"].items()}, NOW
    drawn = {
        f"{tour.named(stop)}-{theme}.png" for tour in PUBLISHED for stop in tour.stops for theme in pictured.THEMES
    }
    assert there.keys() == drawn


def test_the_pages_show_pictures_that_are_there_and_every_screen() -> None:
    pages = [MANIFEST.parents[1] / "SCREENS.md", MANIFEST.parents[2] / "README.md"]
    shown = {
        name.partition(")")[0].rpartition("/")[2]
        for page in pages
        for name in page.read_text(encoding="utf-8").split("](")
        if ".png)" in name
    }
    assert shown <= {path.name for path in PICTURES.glob("*.png")}
    assert {name.partition("-")[0] for name in shown} >= {
        "loop", "review", "budget", "annotators", "leakage", "data", "run",
    }  # fmt: skip


def test_no_text_is_left_over() -> None:
    stops = {f"{tour.named(stop)}.txt" for tour in TOURS for stop in tour.stops if stop.kept}
    assert {path.name for path in TEXTS.glob("*.txt")} == stops


@pytest.mark.parametrize("moment", [ARRIVING, DONE])
def test_the_recording_tells_nothing_of_the_machine(moment: str, tmp_path: Path) -> None:
    project = recorded.unpack(tmp_path / "example", moment)
    with sqlite3.connect(project.database) as connection:
        files = {file for (file,) in connection.execute("SELECT file FROM document UNION SELECT file FROM import")}
        told = connection.execute(
            "SELECT process_start || boot_id FROM attempt UNION SELECT process_start || boot_id || host FROM lease"
            " UNION SELECT group_concat(screen) FROM claim"
        ).fetchall()
    assert not [file for file in files if Path(file).is_absolute()]
    assert all(words in ("", None) for (words,) in told)
    for path in project.folder.iterdir():
        content = path.read_bytes()
        for words in (b"/home/", b"/root/", b"/tmp/", b"/Users/", b"Bearer ", b"sk-ant", b"sk-proj"):
            assert words not in content, f"{path.name}: {words!r}"
