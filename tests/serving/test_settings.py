"""Settings: from the environment, validated, documented."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serving import settings
from serving.__main__ import app, command
from serving.listening import check_listening
from serving.settings import Settings, SettingsError, environment, load

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIANBAO_PORT", "4000")
    monkeypatch.setenv("NIANBAO_DOCUMENT_SECONDS", "1.5")
    found = load()
    assert (found.port, found.bounds.seconds, str(found.host)) == (4000, 1.5, "127.0.0.1")
    assert load(port=5000).port == 5000


def test_what_is_set_reaches_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    given = load(port=4000, rules_only=True, body_megabytes=0.5, hosts="a,b")
    for name, value in environment(given).items():
        monkeypatch.setenv(name, value)
    assert load() == given
    assert command(given)[-4:] == ["--port", "4000", "--timeout-graceful-shutdown", "60"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"), ("PORT", "x"), ("HOST", "nowhere"), ("PROCESSES", "0"),
        ("KEY_RATE", "often"), ("KEYS_FILE", "nowhere.json"), ("BODY_MEGABYTES", "1000"),
        ("DOCUMENT_SECONDS", "-1"), ("LOG_LEVEL", "loud"), ("HOST", "0.0.0.0"),
        ("JOBS_REDIS", "localhost:6379"), ("JOBS_HOURS", "0"), ("JOBS_PROCESSES", "0"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    wanted = "KEYS_FILE" if value == "0.0.0.0" else name
    monkeypatch.setenv(f"NIANBAO_{name}", value)
    with pytest.raises(SettingsError, match=f"NIANBAO_{wanted}"):
        load()
    done = CliRunner().invoke(app, [])
    assert done.exit_code == 2 and f"NIANBAO_{wanted}" in done.output


def test_settings_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(SettingsError, match="HELD_MEGABYTES"):
        load(held_megabytes=1)
    with pytest.raises(SettingsError, match="add up to 300"):
        load(body_seconds=100, queue_seconds=100, document_seconds=100)


def test_a_socket_that_others_reach_needs_keys(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)):
        check_listening(load())
    keys = tmp_path / "keys.json"
    keys.write_text('{"keys": []}')
    with socket.create_server(("0.0.0.0", 0)):
        with pytest.raises(SettingsError, match=r"0\.0\.0\.0"):
            check_listening(load())
        check_listening(load(keys_file=keys))


def test_the_table_of_settings_is_that_of_the_code() -> None:
    assert settings.table() in OPERATIONS.read_text(encoding="utf-8")
    assert all(field.description for field in Settings.model_fields.values())
