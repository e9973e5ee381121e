"""What happened while one was away: the sentence, when it is said, and what is remembered of a real project."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ui import snapshots
from ui.doubles import Shown, Told, until

from llmaaa_tui.core.snapshot import Ended, Snapshot
from llmaaa_tui.errors import ProjectError
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.shell.away import Absence, Seen, away, last_seen, remember

UUID = "ab" * 16
NOW = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)


def known(snapshot: Snapshot, seq: int | None = None) -> Snapshot:
    return replace(snapshot, project_uuid=UUID, seq=snapshot.seq if seq is None else seq)


def test_the_sentence() -> None:
    before, now = snapshots.working(3, answered=0), snapshots.working(5, answered=0)
    words = away(before, now, 43 * 60 + 12)
    assert words == "You were away 43 min: 2 rounds, test F1 .56 → .74 (n 1,475), $0.089."
    assert away(snapshots.empty(), snapshots.working(2, answered=0), 3 * 3600 + 60).startswith(
        "You were away 3 h 1 min: 1 round, test F1 .43 (n 1,475), $"
    )
    answers = away(snapshots.working(1, answered=0), replace(snapshots.working(1), ended=Ended(7, "Stopped.")), 9e5)
    assert answers.endswith("ended: Stopped.")
    assert "10 days" in answers


def test_who_was_hardly_away_or_missed_nothing_hears_nothing() -> None:
    before, now = snapshots.working(3), snapshots.working(5)
    assert away(before, now, 299) == ""
    assert away(now, now, 9999) == ""


def test_splits_are_not_mixed() -> None:
    before, now = snapshots.working(3, test=False), snapshots.working(5)
    assert "test F1 .74 (n" in away(before, now, 600), "dev then, test now: no arrow between them"


def test_what_was_seen_is_kept_by_project_and_privately(tmp_path: Path) -> None:
    assert last_seen(tmp_path, UUID) is None
    remember(tmp_path, known(snapshots.working(4), 77), NOW)
    assert last_seen(tmp_path, UUID) == Seen(77, "2026-02-03T12:00:00+00:00")
    (file,) = (tmp_path / "seen").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.name == f"{UUID}.json"
    for broken in ("", "[]", '{"seq": "x", "utc": 1}', "{}"):
        file.write_text(broken)
        assert last_seen(tmp_path, UUID) is None
    remember(tmp_path, replace(snapshots.empty(), project_uuid="../../x"))
    assert sorted(path.name for path in (tmp_path / "seen").iterdir()) == [f"{UUID}.json", "x.json"]


@pytest.mark.parametrize("utc", ["yesterday", "", "2026-02-03T12:00:00", "2027-01-01T00:00:00+00:00"])
def test_a_time_that_cannot_be_read_is_no_time(utc: str) -> None:
    assert Seen(1, utc).seconds_ago(NOW) == 0.0


class Then(Shown):
    """A project that had two rounds at seq 7."""

    def snapshot(self, as_of: int | None = None) -> Snapshot:
        if as_of is not None:
            assert as_of == 7
            return known(snapshots.working(3, answered=0), 7)
        return self._snapshot


def told(folder: Path, source: Shown) -> list[str]:
    said: list[str] = []
    absence = Absence(folder, source, said.append)
    absence.arrived(source.snapshot())
    absence.arrived(source.snapshot())
    absence.left()
    return said


def test_it_is_said_once_at_the_opening_and_remembered_at_leaving(tmp_path: Path) -> None:
    source = Then(known(snapshots.working(5, answered=0), 90))
    assert told(tmp_path, source) == [], "the first time there is nothing to compare with"
    assert last_seen(tmp_path, UUID) is not None
    remember(tmp_path, known(snapshots.empty(), 7), datetime.now(UTC) - timedelta(minutes=50))
    (words,) = told(tmp_path, source)
    assert words.startswith("You were away 50 min: 2 rounds")
    seen = last_seen(tmp_path, UUID)
    assert seen is not None
    assert seen.seq == 90
    assert told(tmp_path, source) == []


def test_a_project_put_back_to_an_earlier_state_is_not_compared(tmp_path: Path) -> None:
    source = Then(known(snapshots.working(5, answered=0), 90))
    remember(tmp_path, known(snapshots.empty(), 4000), datetime.now(UTC) - timedelta(days=1))
    assert told(tmp_path, source) == []


def test_a_past_that_cannot_be_read_hides_nothing_of_now(tmp_path: Path) -> None:
    class Broken(Then):
        def snapshot(self, as_of: int | None = None) -> Snapshot:
            if as_of is not None:
                raise ProjectError("no such moment")
            return self._snapshot

    remember(tmp_path, known(snapshots.empty(), 7), datetime.now(UTC) - timedelta(minutes=50))
    assert told(tmp_path, Broken(known(snapshots.working(5, answered=0), 90))) == []


def test_a_round_that_is_done_is_remembered_at_once(tmp_path: Path) -> None:
    source = Then(known(snapshots.working(4, answered=0), 60))
    absence = Absence(tmp_path, source, lambda words: None)
    absence.arrived(source.snapshot())
    assert last_seen(tmp_path, UUID) is None
    absence.arrived(known(snapshots.working(5, answered=0), 61))
    seen = last_seen(tmp_path, UUID)
    assert seen is not None
    assert seen.seq == 61


def test_without_a_state_folder_nothing_is_kept(tmp_path: Path) -> None:
    absence = Absence(None, Shown(known(snapshots.ended())), lambda words: None)
    absence.arrived(known(snapshots.ended()))
    absence.left()
    assert list(tmp_path.iterdir()) == []


async def test_on_the_screen_it_is_one_toast(tmp_path: Path) -> None:
    file = tmp_path / "seen" / f"{UUID}.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"seq": 7, "utc": (datetime.now(UTC) - timedelta(minutes=44)).isoformat()}))
    source = Then(known(snapshots.working(5, answered=0), 90))
    app = LoopApp(source, Told(), state=tmp_path)
    async with app.run_test(size=(140, 36), notifications=True) as pilot:
        await until(pilot, "You were away 44 min")
        assert [notice.message[:24] for notice in app._notifications] == ["You were away 44 min: 2 "]
        await pilot.press("X")
    for _ in range(500):  # written by the thread that followed the project, after the screen is gone
        if json.loads(file.read_text())["seq"] != 7:
            break
        await asyncio.sleep(0.01)
    assert json.loads(file.read_text())["seq"] == 90
