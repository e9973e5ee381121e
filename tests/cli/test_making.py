"""Making a project: who serves for what in either mode, and no trace of one that failed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from support import sentences, write_jsonl

from llmaaa_tui.cli.making import make_project
from llmaaa_tui.cli.roles import assign
from llmaaa_tui.config import Settings, parse_settings
from llmaaa_tui.core.document import Record
from llmaaa_tui.core.split import Move
from llmaaa_tui.core.states import Role
from llmaaa_tui.errors import LlmaaaError, ProjectError
from llmaaa_tui.formats.read import read_ner
from llmaaa_tui.paths import open_project
from llmaaa_tui.store import items
from llmaaa_tui.store.database import Store

STRICT = Settings()
PAPER = parse_settings("", "x", ["project.mode=paper"])


def files(tmp_path: Path, **rows: list[dict[str, object]]) -> dict[str, list[Record]]:
    return {flag: read_ner(write_jsonl(tmp_path / f"{flag}.jsonl", some)).records for flag, some in rows.items()}


def texts(records: list[Record]) -> set[str]:
    return {record.document.text for record in records}


def test_one_gold_file_is_split_and_its_copies_leave_the_pool(tmp_path: Path) -> None:
    gold, pool = sentences(100, 1), sentences(50, 2)
    apart = assign(files(tmp_path, gold=gold, pool=[*pool, *gold[:5]], test=[*sentences(20, 3), gold[0]]), STRICT)
    sizes = {role: len(records) for role, records in apart.roles.items()}
    assert sizes[Role.POOL] == 50
    assert sizes[Role.TEST] == 21
    assert sizes[Role.DEV] + sizes[Role.META] + sizes[Role.DEMONSTRATION] == 99
    assert sum(apart.moves.values()) == 5
    assert any("1 gold sentences are copies of test ones" in note for note in apart.notes)


def test_without_dev_it_is_cut_from_the_pool_and_no_sentence_is_lost(tmp_path: Path) -> None:
    pool, demos, meta = sentences(300, 1), sentences(25, 2), sentences(25, 3)
    for read in (
        files(tmp_path, pool=pool),
        files(tmp_path, pool=pool, demos=demos),
        files(tmp_path, pool=pool, demos=demos, meta=meta),
    ):
        apart = assign(read, STRICT)
        given = sum(map(len, read.values()))
        assert sum(len(records) for records in apart.roles.values()) == given
        assert len(apart.roles[Role.POOL]) == 200
        assert set(apart.roles) == {Role.POOL, Role.DEV, Role.META, Role.DEMONSTRATION}
    assert len(apart.roles[Role.DEV]) == 100, "with demonstrations and meta given, all that was cut is dev"


def test_with_dev_alone_demonstrations_and_meta_are_drawn_from_it(tmp_path: Path) -> None:
    apart = assign(files(tmp_path, pool=sentences(30, 1), dev=sentences(90, 2)), STRICT)
    assert [len(apart.roles[role]) for role in (Role.DEV, Role.META, Role.DEMONSTRATION)] == [30, 30, 30]
    assert any("drawn from dev" in note for note in apart.notes)


def test_a_mark_holds_for_every_copy_of_its_text(tmp_path: Path, tiny_encoder: Path) -> None:
    pool, gold = sentences(60, 1), sentences(75, 2)
    marked = [{**row, "never_send": True} for row in pool[:5]]
    given = {
        # Copies of the marked sentences stand in the same file, before and after, and in another role.
        "pool": write_jsonl(tmp_path / "pool.jsonl", [*pool, *marked]),
        "gold": write_jsonl(tmp_path / "gold.jsonl", [*gold, *pool[:2]]),
    }
    settings = parse_settings("", "x", [f"student.encoder={tiny_encoder}"])
    made = make_project(tmp_path / "p", given, settings)
    assert any("marked never_send, which only people see" in line for line in made.lines)
    paths, settings = open_project(tmp_path / "p")
    store = Store(paths.database(settings))
    secret = {" ".join(map(str, row["tokens"])) for row in marked}
    for role in (Role.POOL, Role.DEMONSTRATION, Role.META, Role.DEV):
        offered = items.documents(store, items.sendable(store, role)).values()
        assert not secret & {document.text for document in offered}
    kept = items.documents(store, items.items_of(store, Role.POOL)).values()
    assert secret & {document.text for document in kept}, "they are there for people"
    store.close()


def test_in_paper_mode_one_set_serves_for_all_but_test(tmp_path: Path) -> None:
    gold = sentences(30, 1)
    apart = assign(files(tmp_path, gold=gold, pool=[*sentences(20, 2), gold[3]], test=sentences(10, 3)), PAPER)
    dev = apart.roles[Role.DEV]
    assert apart.roles[Role.META] is apart.roles[Role.DEMONSTRATION] is dev
    assert len(dev) == 30
    assert apart.moves == {Move(Role.POOL, Role.DEV, "exact"): 1}


def test_in_paper_mode_given_roles_may_overlap_but_test_and_pool_stay_apart(tmp_path: Path) -> None:
    dev, demos = sentences(30, 1), sentences(25, 2)
    read = files(
        tmp_path,
        dev=dev,
        demos=[*demos, *dev[:5]],
        pool=[*sentences(20, 3), demos[0], dev[7]],
        test=[*sentences(10, 4), demos[1]],
    )
    apart = assign(read, PAPER)
    assert len(apart.roles[Role.DEV]) == 30
    assert len(apart.roles[Role.DEMONSTRATION]) == 29, "its copy of a test sentence is gone, those of dev are not"
    assert len(apart.roles[Role.POOL]) == 20
    assert apart.roles[Role.META] is apart.roles[Role.DEV]
    gold = texts(apart.roles[Role.DEV]) | texts(apart.roles[Role.DEMONSTRATION])
    assert not gold & texts(apart.roles[Role.POOL])
    assert not gold & texts(apart.roles[Role.TEST])


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"pool": 5, "gold": 59}, "at least 60 gold sentences, got 59"),
        ({"pool": 5, "gold": 70, "dev": 30}, "give either --gold, or --dev"),
        ({"pool": 30}, "there is no gold to measure against"),
        ({"pool": 5, "dev": 59}, "59 dev sentences are too few"),
    ],
)
def test_files_that_make_no_project_are_refused_with_what_would(
    tmp_path: Path, flags: dict[str, int], said: str
) -> None:
    read = files(tmp_path, **{flag: sentences(count, seed) for seed, (flag, count) in enumerate(flags.items())})
    with pytest.raises(ProjectError, match=said) as caught:
        assign(read, STRICT)
    assert "\n" not in str(caught.value)


def test_gold_without_labels_is_refused_by_its_line(tmp_path: Path) -> None:
    bare = tmp_path / "bare.txt"
    bare.write_text("One sentence .\nAnother one .\n")
    pool = {"pool": read_ner(write_jsonl(tmp_path / "pool.jsonl", sentences(20, 1))).records}
    with pytest.raises(ProjectError, match=r"bare\.txt:1: --dev needs labels for every sentence"):
        assign({**pool, "dev": read_ner(bare).records}, STRICT)


def test_a_pool_of_copies_is_refused(tmp_path: Path) -> None:
    gold = sentences(60, 1)
    with pytest.raises(ProjectError, match="every pool sentence is a copy of one in"):
        assign(files(tmp_path, pool=gold[:9], gold=gold), STRICT)


@pytest.fixture
def settings(tiny_encoder: Path) -> Settings:
    return parse_settings("", "x", [f"student.encoder={tiny_encoder}", "project.name=p"])


def test_a_project_is_made_whole_and_for_its_owner_alone(
    tmp_path: Path, corpus: dict[str, Path], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for folder in (tmp_path / "new" / "deep", Path()):
        made = make_project(folder, corpus, settings)
        paths, read = open_project(folder)
        assert stat.S_IMODE(paths.folder.stat().st_mode) == 0o700
        for path in (paths.settings, paths.database(read)):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert {path.name for path in paths.folder.iterdir()} == {"llmaaa.toml", "llmaaa.db", "models"}
        store = Store(paths.database(read), ("migrations", "ledger"))
        assert len(items.items_of(store, Role.POOL)) == 120
        assert items.project(store).labels == tuple(read.labels)
        store.close()
        assert any("pool: 120 sentences (120 with hidden gold" in line for line in made.lines)
    assert Path.cwd() == here, "who stood in the empty folder stands in the project"
    with pytest.raises(ProjectError, match="is there already"):
        make_project(Path(), corpus, settings)
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".partial")] == []


def test_a_failure_leaves_no_trace(tmp_path: Path, corpus: dict[str, Path], settings: Settings) -> None:
    bad = tmp_path / "bad.jsonl"
    write_jsonl(bad, [{"tokens": ["a"], "tags": ["O"]}, {"tokens": ["a"], "tags": []}])
    (tmp_path / "disk").mkdir()
    outside = parse_settings("", "x", [f"store.path={tmp_path / 'disk' / 'p.db'}", "student.encoder=/no/such/encoder"])
    for files_, chosen in (({**corpus, "pool": bad}, settings), (corpus, outside)):
        with pytest.raises(LlmaaaError):
            make_project(tmp_path / "project", files_, chosen)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["bad.jsonl", "disk"]


def test_another_projects_database_is_left_alone(
    tmp_path: Path, corpus: dict[str, Path], settings: Settings, tiny_encoder: Path
) -> None:
    path = tmp_path / "shared.db"
    chosen = parse_settings("", "x", [f"store.path={path}", f"student.encoder={tiny_encoder}"])
    make_project(tmp_path / "one", corpus, chosen)
    before = path.read_bytes()
    with pytest.raises(ProjectError, match=r"shared\.db: is there already; give this project another store\.path"):
        make_project(tmp_path / "two", corpus, chosen)
    assert path.read_bytes() == before
    assert not (tmp_path / "two").exists()
