"""Draw the pictures of the documentation, and the texts that tests hold against the screens, from the real application.

    python scripts/pictures.py            # after a change of the screens: look at what differs, then commit it
    python scripts/pictures.py --record   # first record the project anew (about five minutes)

PNG files go to docs/pictures, texts to tests/ui/pictures. docs/pictures/manifest.json names the hash of the SVG that
each PNG was made of, and with which versions; under others nothing is drawn unless `--baseline` says so.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from png import svg_to_png
from recording import record

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))


async def draw() -> tuple[dict[str, str], dict[str, str]]:
    """Every text by its file's name, and the SVG of every picture by its own."""
    from ui import pictured

    texts: dict[str, str] = {}
    svgs: dict[str, str] = {}
    for tour in pictured.TOURS:
        shutil.rmtree("example", ignore_errors=True)
        async with pictured.on_tour(tour) as pilot:
            for stop in tour.stops:
                name, text = tour.named(stop), await pictured.reach(pilot, stop)
                if stop.kept:
                    texts[f"{name}.txt"] = text
                for theme in pictured.THEMES if tour in pictured.PUBLISHED else ():
                    svgs[f"{name}-{theme}.png"] = await pictured.svg(pilot, theme)
    return texts, svgs


def written(path: Path, content: bytes) -> bool:
    """Whether the file had to be written."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.write_bytes(content)
    return True


def main() -> int:
    """Draw all of them; what nobody draws any more is deleted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help="record the project anew first")
    parser.add_argument("--baseline", action="store_true", help="draw with these versions from now on")
    asked = parser.parse_args()
    for name in ("SSH_CONNECTION", "SSH_TTY", "COLORFGBG", "NO_COLOR", "TEXTUAL_THEME"):
        os.environ.pop(name, None)
    os.environ |= {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
    from ui import pictured, recorded

    known: dict[str, Any] = json.loads(pictured.MANIFEST.read_text()) if pictured.MANIFEST.exists() else {}
    now = pictured.baseline()
    if known and known["baseline"] != now and not asked.baseline:
        sys.exit(f"the pictures were drawn with {known['baseline']}, this is {now}: say --baseline to draw all anew")
    if asked.record:
        record(recorded.RECORDING)
    with tempfile.TemporaryDirectory() as folder:
        here = Path.cwd()
        os.chdir(folder)  # so that no folder of this machine is named on the screens
        try:
            texts, svgs = asyncio.run(draw())
        finally:
            os.chdir(here)
    for folder_, names in ((pictured.TEXTS, {*texts}), (pictured.PICTURES, {*svgs})):
        folder_.mkdir(exist_ok=True)
        for stale in {path.name for path in folder_.iterdir() if path.suffix in (".txt", ".png")} - names:
            (folder_ / stale).unlink()
            print(f"deleted {stale}")
    for name, text in texts.items():
        if written(pictured.TEXTS / name, text.encode()):
            print(f"wrote {name}")
    before = known.get("pictures", {})
    pictures = {}
    for name, svg in svgs.items():
        path, svg_hash = pictured.PICTURES / name, hashlib.sha256(svg.encode()).hexdigest()
        if before.get(name, {}).get("svg") != svg_hash or not path.exists():
            path.write_bytes(svg_to_png(svg))
            print(f"drew {name}")
        pictures[name] = {"svg": svg_hash, "png": hashlib.sha256(path.read_bytes()).hexdigest()}
    manifest = {"baseline": now, "pictures": dict(sorted(pictures.items()))}
    pictured.MANIFEST.write_text(json.dumps(manifest, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
