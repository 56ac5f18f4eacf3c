"""The settings: one reader, everything that is missing named at once, secrets that survive a restart."""

import json
import multiprocessing
import stat
from pathlib import Path
from typing import Any

import pytest

from handlers.settings import MissingSettings, Settings

DESK = "https://desk.example"
KEYS = {"SECRET_KEY": "a made-up key of this file", "SWML_BASIC_AUTH_PASSWORD": "p@ss/word of this file"}
PRODUCTION = {"PUBLIC_URL": DESK, **KEYS}


def complaint(**environ: str) -> str:
    with pytest.raises(MissingSettings) as refused:
        Settings.load(environ)
    return str(refused.value)


# --- production -------------------------------------------------------------------------------------------------------


def test_production_says_everything_that_is_missing_at_once() -> None:
    said = complaint(PUBLIC_URL=DESK, SMS_PROVIDER="twilio", PORT="many")
    for name in ("SECRET_KEY", "SWML_BASIC_AUTH_PASSWORD", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PORT"):
        assert said.count(name) == 1, said


def test_texting_through_signalwire_needs_to_know_where_and_who() -> None:
    said = complaint(**PRODUCTION, SMS_PROVIDER="signalwire")
    for name in ("SIGNALWIRE_SPACE", "SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN"):
        assert name in said


@pytest.mark.parametrize("nothing", ["", "   ", "\n"])
def test_empty_is_missing(nothing: str) -> None:
    assert "SECRET_KEY is missing" in complaint(**{**PRODUCTION, "SECRET_KEY": nothing})


@pytest.mark.parametrize(
    "url",
    ["desk.example", "ftp://desk.example", "https://", "https://user:pw@desk.example", "https://desk.example?a=b"],
)
def test_a_public_url_the_platform_could_not_use_is_refused(url: str) -> None:
    assert "PUBLIC_URL" in complaint(**{**PRODUCTION, "PUBLIC_URL": url})


def test_an_address_without_a_scheme_is_not_taken_for_this_machine(tmp_path: Path) -> None:
    said = complaint(PUBLIC_URL="desk.example", SWITCHBOARD_DIRECTORY=f"{tmp_path}/switchboard.yaml")
    assert "PUBLIC_URL must be" in said
    assert "SECRET_KEY is missing" in said


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused_by_name(port: str) -> None:
    assert "PORT" in complaint(**PRODUCTION, PORT=port)


def test_no_secret_is_made_up_in_production(tmp_path: Path) -> None:
    complaint(PUBLIC_URL=DESK, SWITCHBOARD_DIRECTORY=f"{tmp_path}/switchboard.yaml")
    assert list(tmp_path.iterdir()) == []


def test_a_complaint_repeats_no_secret() -> None:
    assert "hunter2" not in complaint(PUBLIC_URL=DESK, SECRET_KEY="hunter2", PORT="hunter2")


def test_nothing_that_is_printed_shows_a_secret() -> None:
    secret = {"SIGNALWIRE_API_TOKEN": "hunter2", "DATABASE_URL": "postgres://u:hunter2@db/x", "PARTNER": "u:hunter2"}
    assert "hunter2" not in repr(Settings.load({**PRODUCTION, **secret, "SECRET_KEY": "hunter2, a longer one"}))


def test_production_refuses_what_is_not_encrypted_or_could_be_guessed_all_at_once() -> None:
    addresses = ("PUBLIC_URL", "SIGNALWIRE_API_URL", "TWILIO_API_URL", "EVENTS_WEBHOOK_URL", "SUMMARY_LLM_URL")
    weak = {"SECRET_KEY": "k" * 40, "SWML_BASIC_AUTH_PASSWORD": "s3cret-of-15-ch", "API_KEY": "password" * 3}
    weak |= {"EVENTS_WEBHOOK_SECRET": "abab" * 8, "DESK_PASSWORD": "111111111111"}
    said = complaint(**dict.fromkeys(addresses, "http://desk.example"), SUMMARY_LLM_MODEL="m", **weak)
    for name in (*addresses, *weak):
        assert said.count(f"{name} ") == 1, said
    assert not any(secret in said for secret in weak.values())


def test_what_production_may_use(tmp_path: Path) -> None:
    stands_in = {"SIGNALWIRE_API_URL": "http://127.0.0.1:9000", "DESK_PASSWORD": "twelve chars"}
    Settings.load({**PRODUCTION, **stands_in, "SECRET_KEY": "0f3a9c27d84be651"})
    weak = {"SECRET_KEY": "k", "SWML_BASIC_AUTH_PASSWORD": "p", "EVENTS_WEBHOOK_URL": "http://hooks.example"}
    Settings.load({**weak, "SWITCHBOARD_DIRECTORY": f"{tmp_path}/switchboard.yaml"})


# --- what is read, and how --------------------------------------------------------------------------------------------


def test_only_what_is_given_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {"PORT": "9999", "SECRET_KEY": "the machine's", "PARTNER": "a:b", **PRODUCTION}.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "switchboard.yaml"
    for settings in (Settings.load({"SWITCHBOARD_DIRECTORY": str(file)}), Settings(switchboard_directory=file)):
        assert (settings.port, settings.is_local) == (8080, True)
        assert settings.secret_key not in ("the machine's", KEYS["SECRET_KEY"])
        assert settings.with_credentials("https://partner.example", "PARTNER") == "https://partner.example"


def test_without_an_argument_the_machine_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**PRODUCTION, "PORT": "9999", "K_SERVICE": "run", "PARTNER": "us:s3cret"}.items():
        monkeypatch.setenv(name, value)
    settings = Settings.load()
    assert (settings.port, settings.public_url) == (9999, DESK)
    assert settings.with_credentials("https://partner.example/x", "PARTNER") == "https://us:s3cret@partner.example/x"


def test_space_around_a_value_is_no_part_of_it(tmp_path: Path) -> None:
    settings = Settings.load(
        {**KEYS, "PUBLIC_URL": f" {DESK}/ ", "PORT": " 9000\n", "SECRET_KEY": f" {KEYS['SECRET_KEY']} \n"}
    )
    assert (settings.public_url, settings.port, settings.secret_key) == (DESK, 9000, KEYS["SECRET_KEY"])


def test_empty_settings_have_their_defaults() -> None:
    settings = Settings.load({**PRODUCTION, "PORT": "", "SMS_PROVIDER": " ", "SWML_BASIC_AUTH_USER": ""})
    assert (settings.port, settings.sms_provider, settings.swml_basic_auth_user) == (8080, "swml", "signalwire")


@pytest.mark.parametrize("written", ["postgres://", "postgresql://", "postgresql+psycopg://"])
def test_every_way_to_write_postgresql_is_understood(written: str) -> None:
    settings = Settings.load({**PRODUCTION, "DATABASE_URL": f"{written}u:p@db.example:5432/calls?sslmode=require"})
    assert settings.database_url == "postgresql+psycopg://u:p@db.example:5432/calls?sslmode=require"


@pytest.mark.parametrize("written", ["mysql://u:p@db/x", "switchboard.db", "sqlite:switchboard.db"])
def test_no_other_database_is_taken(written: str) -> None:
    with pytest.raises(MissingSettings, match=r"^These [^\n]*\nDATABASE_URL must be sqlite:///FILE or postgresql://"):
        Settings.load({"DATABASE_URL": written})


def test_the_database_is_beside_the_directory_file(tmp_path: Path) -> None:
    settings = Settings.load({**PRODUCTION, "SWITCHBOARD_DIRECTORY": f"{tmp_path}/acme.yaml"})
    assert settings.database_url == f"sqlite:///{tmp_path}/switchboard.db"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"SIGNALWIRE_SPACE": "acme"}, "https://acme.signalwire.com"),
        ({"SIGNALWIRE_SPACE": "https://acme.signalwire.com/"}, "https://acme.signalwire.com"),
        ({"SIGNALWIRE_SPACE": "acme", "SIGNALWIRE_API_URL": "http://127.0.0.1:9/"}, "http://127.0.0.1:9"),
        ({}, ""),
    ],
)
def test_where_the_platform_s_interface_is(given: dict[str, str], url: str) -> None:
    assert Settings.load({**PRODUCTION, **given}).signalwire_api == url


def test_credentials_in_a_url_are_quoted() -> None:
    settings = Settings.load(
        {**PRODUCTION, "SWML_BASIC_AUTH_USER": "a:b", "SWML_BASIC_AUTH_PASSWORD": "p@ss/wörd?# of ours"}
    )
    assert settings.credentialed_url("/swml") == "https://a%3Ab:p%40ss%2Fw%C3%B6rd%3F%23%20of%20ours@desk.example/swml"


# --- secrets in files -------------------------------------------------------------------------------------------------


def test_each_secret_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file of ours\n")
    (tmp_path / "db").write_text("postgres://u:p@db/x\n")
    files = {"SECRET_KEY_FILE": f"{tmp_path}/key", "DATABASE_URL_FILE": f"{tmp_path}/db"}
    settings = Settings.load({**PRODUCTION, **files, "TWILIO_AUTH_TOKEN_FILE": ""})
    assert settings.secret_key == "from a file of ours"
    assert settings.database_url == "postgresql+psycopg://u:p@db/x"


def test_files_that_cannot_be_read_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"\xff\xfe\x00")
    said = complaint(**PRODUCTION, SECRET_KEY_FILE=f"{tmp_path}/nowhere", TWILIO_AUTH_TOKEN_FILE=f"{tmp_path}/noise")
    assert "SECRET_KEY_FILE" in said
    assert "TWILIO_AUTH_TOKEN_FILE" in said


def test_an_empty_file_is_a_missing_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    assert "SECRET_KEY is missing" in complaint(**{**PRODUCTION, "SECRET_KEY_FILE": f"{tmp_path}/key"})


# --- development ------------------------------------------------------------------------------------------------------


ROUNDS = 25


def make_up_secrets(folder: str, barrier: Any, found: Any) -> None:
    for number in range(ROUNDS):
        barrier.wait()
        settings = Settings.load({"SWITCHBOARD_DIRECTORY": f"{folder}/{number}/switchboard.yaml"})
        found.put((number, settings.secret_key, settings.swml_basic_auth_password))


def test_processes_that_start_at_once_agree_on_made_up_secrets(tmp_path: Path) -> None:
    for number in range(ROUNDS):
        (tmp_path / str(number)).mkdir()
    spawn = multiprocessing.get_context("spawn")
    barrier, found = spawn.Barrier(3), spawn.Queue()
    workers = [spawn.Process(target=make_up_secrets, args=(str(tmp_path), barrier, found)) for _ in range(3)]
    for worker in workers:
        worker.start()
    made_up = {found.get(timeout=30) for _ in workers for _ in range(ROUNDS)}
    for worker in workers:
        worker.join()
    assert len(made_up) == ROUNDS
    assert all(len(key) >= 32 and len(password) >= 32 for _, key, password in made_up)
    assert [file.name for file in (tmp_path / "0" / ".switchboard").iterdir()] == ["secrets.json"]


def test_made_up_secrets_are_the_owner_s_alone_and_stay(tmp_path: Path) -> None:
    environ = {"SWITCHBOARD_DIRECTORY": f"{tmp_path}/switchboard.yaml"}
    first, second = Settings.load(environ), Settings.load(environ)
    file = tmp_path / ".switchboard" / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert first.secret_key == second.secret_key == json.loads(file.read_text())["SECRET_KEY"]


def test_a_secret_that_is_given_is_not_made_up(tmp_path: Path) -> None:
    settings = Settings.load({"SWITCHBOARD_DIRECTORY": f"{tmp_path}/switchboard.yaml", "SECRET_KEY": "mine"})
    assert settings.secret_key == "mine"
    assert settings.swml_basic_auth_password


@pytest.mark.parametrize("kept", ["", "{}", "[]", "not JSON"])
def test_a_file_of_secrets_that_is_spoilt_is_named(tmp_path: Path, kept: str) -> None:
    (tmp_path / ".switchboard").mkdir()
    (tmp_path / ".switchboard" / "secrets.json").write_text(kept)
    assert "secrets.json" in complaint(SWITCHBOARD_DIRECTORY=f"{tmp_path}/switchboard.yaml")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "nowhere" in complaint(SWITCHBOARD_DIRECTORY=f"{tmp_path}/nowhere/switchboard.yaml")


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:8080", "http://0.0.0.0:80"])
def test_an_address_of_this_machine_is_development(tmp_path: Path, url: str) -> None:
    assert Settings.load({"SWITCHBOARD_DIRECTORY": f"{tmp_path}/switchboard.yaml", "PUBLIC_URL": url}).is_local


@pytest.mark.parametrize(("port", "at"), [("", 8082), ("9000", 9002), ("65534", 65532), ("65535", 65533)])
def test_in_development_the_platform_s_interface_is_stood_in_for_beside_the_app(
    tmp_path: Path, port: str, at: int
) -> None:
    environ = {"SWITCHBOARD_DIRECTORY": f"{tmp_path}/switchboard.yaml", "PORT": port}
    first, second = Settings.load(environ), Settings.load(environ)
    assert first.signalwire_api == f"http://127.0.0.1:{at}"
    assert (first.may_ring, first.stand_in_port) == (True, at)
    assert at not in (first.port, first.softphone_port)
    assert first.signalwire_api_token == second.signalwire_api_token
    assert first.signalwire_api_token not in (first.secret_key, "")


@pytest.mark.parametrize(
    "given", [{"SIGNALWIRE_SPACE": "acme"}, {"SIGNALWIRE_API_TOKEN": "t"}, {"SIGNALWIRE_API_URL": "http://127.0.0.1:9"}]
)
def test_whoever_names_a_platform_gets_that_one(tmp_path: Path, given: dict[str, str]) -> None:
    settings = Settings.load({"SWITCHBOARD_DIRECTORY": f"{tmp_path}/switchboard.yaml", **given})
    assert (settings.may_ring, settings.stand_in_port) == (False, None)


def test_in_production_nothing_stands_in_for_the_platform() -> None:
    settings = Settings.load(PRODUCTION)
    assert (settings.signalwire_api, settings.may_ring, settings.stand_in_port) == ("", False, None)


# --- the events webhook -----------------------------------------------------------------------------------------------


def test_what_an_events_webhook_is_told_is_signed() -> None:
    said = complaint(**PRODUCTION, EVENTS_WEBHOOK_URL="https://crm.example/events")
    assert "EVENTS_WEBHOOK_SECRET is missing" in said


def test_on_ones_own_machine_it_need_not_be(tmp_path: Path) -> None:
    settings = Settings.load(
        {"SWITCHBOARD_DIRECTORY": f"{tmp_path}/x.yaml", "EVENTS_WEBHOOK_URL": "http://127.0.0.1:9"}
    )
    assert settings.events_webhook_url == "http://127.0.0.1:9"


def test_the_webhooks_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret of the webhook\n")
    file = {"EVENTS_WEBHOOK_SECRET_FILE": f"{tmp_path}/secret"}
    settings = Settings.load({**PRODUCTION, "EVENTS_WEBHOOK_URL": "https://crm.example/events", **file})
    assert settings.events_webhook_secret == "s3cret of the webhook"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("url", ["crm.example/events", "ftp://crm.example", "https://"])
def test_a_webhook_that_could_not_be_reached_is_refused(url: str) -> None:
    assert "EVENTS_WEBHOOK_URL" in complaint(**PRODUCTION, EVENTS_WEBHOOK_URL=url, EVENTS_WEBHOOK_SECRET="s")
