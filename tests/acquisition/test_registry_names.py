"""The names that settings offer are the strategies there are: ours, and those of installed packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from installing import LONGEST, install

from llmaaa_tui.acquisition import registry
from llmaaa_tui.acquisition.contracts import PoolView
from llmaaa_tui.config import Settings, parse_settings, write_settings
from llmaaa_tui.core import strategies
from llmaaa_tui.errors import SettingsError


def test_settings_offer_exactly_the_registered_strategies() -> None:
    assert tuple(registry.STRATEGIES) == strategies.STRATEGIES
    assert all(strategy.name == name for name, strategy in registry.STRATEGIES.items())


def test_a_package_brings_a_strategy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="'longest' is not known; choose random, "):
        parse_settings("", "x", ["loop.strategy=longest"])
    install(tmp_path / "site", "acme-picks", "acme_longest", LONGEST, longest="strategy")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    settings = parse_settings("", "x", ["loop.strategy=longest"])
    assert parse_settings(write_settings(settings), "x") == settings
    assert settings != Settings()
    view = PoolView([4, 2, 3], [np.ones((1, 2)), np.ones((3, 2)), np.ones((3, 2))])
    assert registry.get("longest").select(view, 2, np.random.default_rng(0)).ids == [2, 3]
    with pytest.raises(SettingsError, match="no strategy 'longst'; the nearest is 'longest'"):
        registry.get("longst")


def test_a_name_is_settled_without_its_package_or_numpy(tmp_path: Path) -> None:
    install(tmp_path, "acme-picks", "acme_broken", "raise RuntimeError('no licence')", longest="strategy")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from llmaaa_tui.config import parse_settings\n"
        "print(parse_settings('', 'x', ['loop.strategy=longest']).loop.strategy)\n"
        "print({'numpy', 'acme_broken'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "longest\nset()\n"


@pytest.mark.parametrize(
    ("name", "attribute", "said"),
    [
        ("nothing", "nothing", r"'nothing' of package acme-bad cannot be used: it has no method select"),
        ("longest", "renamed", r"cannot be used: its name is 'shortest'; update or uninstall the package"),
        ("longest", "greedy", r"it needs gold, but a pool has committee, disagreement, draws"),
        ("longest", "Longest", r"it is a class, but an instance is wanted"),
        ("longest", "missing", r"'longest' of package acme-bad cannot be imported \(AttributeError: "),
        ("entropy", "strategy", r"package acme-bad brings a strategy 'entropy', which is the name of a built-in one"),
    ],
)
def test_a_strategy_that_cannot_be_used_is_one_sentence_that_names_the_package(
    name: str, attribute: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", "acme-bad", f"acme_{attribute}", LONGEST, **{name: attribute})
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    with pytest.raises(SettingsError, match=said) as told:
        registry.get(name)
    assert "\n" not in str(told.value)
    assert registry.get("random").name == "random"


def test_two_packages_may_not_bring_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("acme-one", "acme-two"):
        install(tmp_path / "site", package, package.replace("-", "_"), LONGEST, longest="strategy")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    with pytest.raises(SettingsError, match="packages acme-one and acme-two each bring a strategy 'longest'"):
        registry.get("longest")
