"""The doctor on our own side: settings, database, directory, our public address and its certificate."""

import ssl
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from gateways.database.migrate import migrate
from gateways.errors import Unavailable
from gateways.signalwire.error_help import what_to_do
from gateways.signalwire.numbers import Platform
from handlers.cli.golive.checks import certificate, database, directory, mail, public_url, settings
from tests.support.golive import account, only, subject, there
from tests.support.mailing import USER, mail_server


def test_a_local_public_url_is_a_problem_unless_the_platform_is_local_too(tmp_path: Path) -> None:
    local: dict[str, Any] = {"public_url": "http://localhost:8080", "switchboard_directory": tmp_path / "x.yaml"}
    assert "PUBLIC_URL" in only(settings(subject(**local))).do
    assert only(settings(subject(**local, **account("http://127.0.0.1:9")))).verdict == "ok"


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = only(database(subject(database_url=f"sqlite:///{tmp_path}/none.db")))
    assert (found.verdict, "switchboard serve" in found.do) == ("problem", True)
    assert not (tmp_path / "none.db").exists()


def test_a_database_of_another_version_says_which(empty_database_url: str) -> None:
    if empty_database_url.startswith("sqlite"):
        create_engine(empty_database_url).connect().close()
    assert "has version none" in only(database(subject(database_url=empty_database_url))).says
    migrate(empty_database_url)
    assert only(database(subject(database_url=empty_database_url))).verdict == "ok"
    engine = create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    found = only(database(subject(database_url=empty_database_url)))
    assert "has version 9999" in found.says
    assert "newer" in found.do


def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    found = only(database(subject(database_url="postgresql://u:hunter2@127.0.0.1:9/x")))
    assert found.verdict == "problem"
    assert "did not answer" in found.says
    assert "hunter2" not in found.says


def test_a_database_that_somebody_else_keeps_locked_cannot_be_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/locked.db"
    migrate(url)
    engine = create_engine(url)
    with engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        found = only(database(subject(database_url=url)))
        other.rollback()
    engine.dispose()
    assert (found.verdict, "too busy" in found.says) == ("problem", True)


def test_a_directory_with_mistakes_and_one_without_lines(tmp_path: Path) -> None:
    file = tmp_path / "switchboard.yaml"
    file.write_text("company: Acme\n")
    assert "switchboard check" in only(directory(subject(switchboard_directory=file))).do
    file.write_text("company: A\ntimezone: UTC\ndepartments: {sales: {about: orders, reach: [voicemail]}}\n")
    assert "lines:" in only(directory(subject(switchboard_directory=file))).do


OK = {"/health": (200, {"status": "ok"}), "/swml": (200, {})}


@pytest.mark.parametrize(
    ("answers", "says", "do"),
    [
        (OK, "the password is right", ""),
        (OK | {"/swml": (403, {})}, "the password is right", ""),  # a signature is asked for besides
        (OK | {"/swml": (401, {})}, "another password", "SWML_BASIC_AUTH_PASSWORD"),
        (OK | {"/swml": (500, {})}, "HTTP 500", "logs"),
        ({"/health": (502, {})}, "HTTP 502, and not by this app", "switchboard serve"),
        ({"/health": (200, {"hello": "world"})}, "not by this app", "proxy"),
    ],
)
def test_who_answers_at_the_public_address(answers: dict[str, tuple[int, Any]], says: str, do: str) -> None:
    with there(answers) as app:
        found = only(public_url(subject(public_url=app.url)))
    assert says in found.says
    assert do in found.do
    assert (found.verdict == "ok") is (do == "")


def test_an_address_that_sends_on_is_not_the_right_one() -> None:
    with there({"/health": (301, {})}, Location="https://www.desk.example/health") as app:
        assert "https://www.desk.example." in only(public_url(subject(public_url=app.url))).do


def test_an_address_where_nobody_is() -> None:
    assert "no such host" in only(public_url(subject(public_url="https://desk.invalid"))).says
    assert "nothing listens" in only(public_url(subject(public_url="http://127.0.0.1:9"))).says


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates for localhost: one for a year, one for three days, one of last year, one for another host."""
    folder = tmp_path_factory.mktemp("papers")
    for name, host, days in (
        ("good", "localhost", 365),
        ("short", "localhost", 3),
        ("other", "elsewhere.example", 365),
    ):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", str(days), "-subj", f"/CN={host}",
             "-addext", f"subjectAltName=DNS:{host}"],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
    return folder


@pytest.mark.parametrize(
    ("name", "trusted", "verdict", "words"),
    [
        ("good", True, "ok", "valid until"),
        ("short", True, "problem", "expires on"),
        ("good", False, "problem", "public authority"),
        ("other", True, "problem", "PUBLIC_URL"),
    ],
)
def test_the_certificate(
    papers: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool, verdict: str, words: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers / f"{name}.pem", papers / f"{name}.key")
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(papers / f"{name}.pem"))
    with there({}, tls=context) as app:
        here = subject(public_url=f"https://localhost:{app.port}", at=datetime.now(UTC))  # noqa: TID251, it is dated today
        found = only(certificate(here))
    assert found.verdict == verdict, found
    assert words in found.says + found.do


def test_an_expired_certificate(papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen a year later."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers / "good.pem", papers / "good.key")
    monkeypatch.setenv("SSL_CERT_FILE", str(papers / "good.pem"))
    with there({}, tls=context) as app:
        later = datetime.now(UTC) + timedelta(days=400)  # noqa: TID251
        found = only(certificate(subject(public_url=f"https://localhost:{app.port}", at=later)))
    assert (found.verdict, "Renew" in found.do) == ("problem", True)


def test_a_platform_whose_certificate_nobody_knows(papers: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers / "good.pem", papers / "good.key")
    with (
        there({}, tls=context) as fake,
        closing(Platform(f"https://localhost:{fake.port}", "p", "t")) as platform,
        pytest.raises(Unavailable) as fault,
    ):
        platform.numbers()
    sentence = what_to_do(fault.value, api="https://acme.signalwire.com")
    assert "The certificate of acme.signalwire.com cannot be trusted." in sentence
    assert "SSL_CERT_FILE" in sentence


def test_words_in_the_open_are_a_problem() -> None:
    assert "https://" in only(certificate(subject(public_url="http://desk.example"))).do


def test_a_mail_server_lets_us_in_or_there_is_none() -> None:
    assert mail(subject()) == []
    with mail_server() as (address, box):
        found = only(mail(subject(smtp_url=f"smtp://{address}", smtp_from=USER)))
        assert (found.verdict, found.says) == ("ok", f"localhost lets us in; mail comes from {USER}")
        assert box.letters == []
    found = only(mail(subject(smtp_url=f"smtp://anna:hunter2@{address}", smtp_from=USER)))
    assert found.verdict == "problem"
    assert "SMTP_URL" in found.do
    assert "hunter2" not in str(found)
