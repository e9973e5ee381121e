"""What may leave this machine, what is said before it does, and what never does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from support import Project, sentences, write_jsonl

from llmaaa_tui.config import Settings, parse_settings
from llmaaa_tui.consent import NEVER_SENT, remote_host, what_is_sent
from llmaaa_tui.errors import SettingsError
from llmaaa_tui.quiet import TELEMETRY_OFF, hush


def annotator(provider: str, base_url: str, *more: str) -> Settings:
    return parse_settings("", "x", [f"annotator.provider={provider}", f"annotator.base_url={base_url}", *more])


@pytest.mark.parametrize(
    ("provider", "base_url", "host"),
    [
        ("simulator", "", None),
        ("gold", "https://example.org", None),
        ("recorded", "https://example.org", None),
        ("openai", "", "api.openai.com"),
        ("openai", "http://127.0.0.1:8000/v1", None),
        ("anthropic", "", "api.anthropic.com"),
        ("anthropic", "http://[::1]:8000", None),
        ("anthropic", "https://gateway.example.org", "gateway.example.org"),
        ("compatible", "http://localhost:11434/v1", None),
        ("compatible", "http://[::1]:1/v1", None),
        ("compatible", "https://GPU.example.org/v1", "gpu.example.org"),
        ("compatible", "https://localhost.example.org/v1", "localhost.example.org"),
    ],
)
def test_text_leaves_the_machine_only_where_the_host_says_so(provider: str, base_url: str, host: str | None) -> None:
    assert remote_host(annotator(provider, base_url)) == host
    local = annotator(provider, base_url, "privacy.local_only=true")
    if host is None:
        assert remote_host(local) is None
        return
    with pytest.raises(SettingsError, match=f"^privacy.local_only: is true, and {host} is not this machine") as caught:
        remote_host(local)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("base_url", ["example.org/v1", "127.0.0.1:8000/v1", "http://localhost@example.org/v1"])
def test_an_address_that_could_mean_another_host_is_refused(base_url: str) -> None:
    with pytest.raises(SettingsError, match=r"annotator\.base_url"):
        remote_host(annotator("compatible", base_url))


@pytest.mark.parametrize("provider", ["openai", "anthropic", "compatible"])
@pytest.mark.parametrize("host", ["gpu.example.org", "192.168.1.5", "localhost.example.org"])
def test_nothing_goes_to_another_machine_unencrypted(provider: str, host: str) -> None:
    with pytest.raises(SettingsError, match=rf"^annotator\.base_url: http would carry texts and key to {host}") as said:
        remote_host(annotator(provider, f"http://{host}:8000/v1", "annotator.allow_remote=true"))
    assert "\n" not in str(said.value)


def test_consent_is_asked_with_all_that_is_sent() -> None:
    settings = annotator(
        "openai",
        "",
        *("annotator.model=gpt-x", "teacher.measure=test", "loop.batch=30", "annotator.escalate=gpt-y"),
        "annotator.samples=3",
    )
    sending = what_is_sent(settings, "api.openai.com")
    said = f"{sending}"
    for part in ("50 sentences of round 1", "30 a round", "all of test", "api.openai.com", "gpt-x", "$2.00", "5 demo"):
        assert part in said
    for part in ("gpt-y", "each asked 3 times", "the text of each sentence", "language", "store=false", *NEVER_SENT):
        assert part in said
    assert "\n" not in said
    assert sending.never_sent == (*NEVER_SENT, "sentences marked never_send")
    assert (sending.host, sending.model, sending.escalate) == ("api.openai.com", "gpt-x", "gpt-y")
    assert (sending.first_items, sending.later_items, sending.answers, sending.k) == (50, 30, 3, 5)
    with pytest.raises(FrozenInstanceError):
        sending.host = "elsewhere"  # type: ignore[misc]


def test_what_is_not_asked_for_is_not_announced() -> None:
    sending = what_is_sent(annotator("openai", "", "annotator.model=m", "annotator.retrieval=none"), "api.openai.com")
    assert sending.k == 0
    assert not any("demonstrations" in part for part in sending.sent)
    assert "once" not in sending.sentence
    assert "unsure" not in sending.sentence
    assert "times" not in sending.sentence


@pytest.mark.parametrize(
    ("provider", "economy", "said"),
    [
        ("openai", "true", "files of batches stay"),
        ("anthropic", "false", "no switch"),
        ("anthropic", "true", "29 days"),
        ("compatible", "false", "whoever runs it"),
    ],
)
def test_what_the_other_side_keeps_is_said(provider: str, economy: str, said: str) -> None:
    settings = annotator(provider, "https://h.example/v1", "annotator.model=m", f"annotator.economy={economy}")
    retention = what_is_sent(settings, "h.example").retention
    assert said in retention
    assert ("store=false" in retention) == (provider == "openai")


def test_telemetry_is_off_whatever_the_environment_says() -> None:
    environ = {"DO_NOT_TRACK": "0", "ANTHROPIC_OPEN_TELEMETRY": "true", "HF_HUB_DISABLE_TELEMETRY": "0", "OTHER": "x"}
    hush(environ)
    assert environ == {**TELEMETRY_OFF, "OTHER": "x"}
    hush(environ, local_only=True)
    assert environ["HF_HUB_OFFLINE"] == "1"


def test_the_libraries_understand_what_switches_them_off() -> None:
    program = (
        "import os; from llmaaa_tui.quiet import hush; hush(os.environ, local_only=True)\n"
        "import anthropic, huggingface_hub.constants as hub\n"
        "assert hub.HF_HUB_DISABLE_TELEMETRY and hub.HF_HUB_OFFLINE\n"
        "client = anthropic.AsyncAnthropic(api_key='k')\n"
        "assert client.open_telemetry['traces']['enabled'] is False, client.open_telemetry\n"
    )
    loud = {name: value for name, value in os.environ.items() if name not in ("HF_HUB_OFFLINE", *TELEMETRY_OFF)}
    done = subprocess.run([sys.executable, "-c", program], env=loud, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_sentence_for_people_alone_is_in_no_request(tmp_path: Path, make_project: Callable[..., Project]) -> None:
    """The whole pool is asked about, and the annotator measured on dev: what is marked is in neither."""
    files = {}
    for flag, seed in (("pool", 11), ("gold", 12)):
        rows = sentences({"pool": 24, "gold": 75}[flag], seed)
        for row in rows[::4]:
            row["tokens"][-2] += "Zebrafinch"
            row["never_send" if seed == 11 else "meta"] = True if seed == 11 else {"never_send": True}
        files[flag] = write_jsonl(tmp_path / f"{flag}.jsonl", rows)
    project = make_project(
        "p",
        *("loop.initial=30", "loop.rounds=1", "student.epochs=1", "teacher.measure=dev", "annotator.retries=0"),
        files=files,
    )
    ((marked,),) = project.rows("SELECT COUNT(*) FROM visible_item WHERE role = 'pool' AND never_send = 1")
    assert marked == 6
    done = project.run()
    assert done.returncode == 0, done.stderr
    ((bodies, told),) = project.rows("SELECT COUNT(*), SUM(body LIKE '%Zebrafinch%') FROM request")
    assert (bodies > 9, told) == (True, 0)
    asked = "SELECT COUNT(DISTINCT item_id) FROM request_item JOIN visible_item ON visible_item.id = item_id"
    assert project.rows(f"{asked} WHERE role = 'pool'") == [(24 - marked,)]
    assert project.rows(f"{asked} WHERE role = 'dev'")[0][0] > 5
    assert project.rows(f"{asked} WHERE never_send = 1") == [(0,)]
    assert "Zebrafinch" not in (project.folder / "simulator-gold.jsonl").read_text()


def test_rounds_that_grow_and_what_is_asked_once_more_are_said() -> None:
    settings = annotator("openai", "", "annotator.model=m", "loop.schedule=quadratic", "loop.reask=4")
    sending = what_is_sent(settings, "api.openai.com")
    assert (sending.first_items, sending.later_items, sending.asked_again) == (5, 95, 4)
    assert "5 sentences of round 1, then up to 95 a round (500 in 10 rounds), up to 4 of them once" in sending.sentence
