"""A server has its port, its directory and its database to itself, and says who has them where it cannot."""

import os
import re
import socket
from pathlib import Path

import pytest

from handlers.serving.ports import Occupied, claim, listen
from handlers.settings import Settings

HERE, THERE = "http://localhost:8080", "http://localhost:9090"


def settings(folder: Path, **more: str) -> Settings:
    return Settings(switchboard_directory=folder / "switchboard.yaml", **more)  # type: ignore[arg-type]


def test_a_port_that_is_taken_names_the_process() -> None:
    who = rf"is taken by process {os.getpid()} \(.*python"
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Occupied, match=who):
        listen("127.0.0.1", taken.getsockname()[1])


def test_a_directory_is_served_with_one_set_of_settings(tmp_path: Path) -> None:
    who = re.escape(f"switchboard.yaml is served by process {os.getpid()} ({HERE})")
    with claim(settings(tmp_path, public_url=HERE)), pytest.raises(Occupied, match=who):
        claim(settings(tmp_path, public_url=THERE))
    claim(settings(tmp_path, public_url=THERE)).close()  # the first one has ended


def test_another_port_with_the_same_settings_is_the_same_installation(tmp_path: Path) -> None:
    first, second = settings(tmp_path, public_url=HERE), settings(tmp_path, public_url=HERE, port="8081")
    with claim(first) as one, claim(second):
        one.close()
        with pytest.raises(Occupied):
            claim(settings(tmp_path, public_url=THERE))


@pytest.mark.parametrize("url", ["sqlite:///{folder}/one.db", "postgresql://anna:secret@db.example/{name}"])
def test_two_directories_do_not_share_a_database(tmp_path: Path, url: str) -> None:
    database_url = url.format(folder=tmp_path, name=tmp_path.name)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    taken = pytest.raises(Occupied, match="The database is served by process")
    with claim(settings(tmp_path / "a", database_url=database_url)), taken:
        claim(settings(tmp_path / "b", database_url=database_url))


def test_what_is_written_tells_no_secret_and_only_its_owner(tmp_path: Path) -> None:
    with claim(settings(tmp_path, secret_key="k" * 40, swml_basic_auth_password="s3cret")):
        written = [tmp_path / "switchboard.db-server", tmp_path / ".switchboard" / "switchboard.yaml.server"]
        for file in written:
            assert str(os.getpid()) in file.read_text()
            assert not re.search("s3cret|kkk", file.read_text())
            assert file.stat().st_mode & 0o077 == 0


def test_a_directory_that_cannot_be_written_to_is_served_all_the_same(tmp_path: Path) -> None:
    (tmp_path / ".switchboard").write_text("no folder")
    given = {"secret_key": "k" * 40, "swml_basic_auth_password": "s3cret", "desk_password": "d" * 16}
    with claim(settings(tmp_path, public_url="https://desk.example", **given)):
        assert (tmp_path / "switchboard.db-server").exists()
