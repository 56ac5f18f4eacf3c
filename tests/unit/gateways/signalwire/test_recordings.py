"""Recordings: fetched within limits, kept where only we can read them, and our credentials given to nobody else."""

import stat
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from exchange.rest.api import silence
from gateways.errors import Unavailable
from gateways.signalwire.recordings import NotARecording, Recordings, is_public
from tests.exchange.app import App

WAV = silence(2)
OURS = "Basic " + b64encode(b"p1:t1").decode()


class Store(App):
    """Where somebody keeps recordings: `answers` by path, and with which credentials each path was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Response] = {}
        self.shown: dict[str, str | None] = {}

    def _serve(self, environ: dict[str, Any], start: Any) -> Any:
        request = Request(environ)
        self.shown[request.path] = request.headers.get("Authorization")
        answer = self.answers.get(request.path) or Response(status=404)
        return answer(environ, start)


@pytest.fixture
def platform() -> Iterator[Store]:
    running = Store()
    with running:
        yield running


@pytest.fixture
def recordings(platform: Store, tmp_path: Path) -> Iterator[Recordings]:
    with closing(Recordings(tmp_path / "recordings", platform.base, "p1", "t1", largest=len(WAV))) as made:
        yield made


def test_a_recording_is_kept_where_only_we_can_read_it(platform: Store, recordings: Recordings) -> None:
    platform.answers["/a.wav"] = Response(WAV, mimetype="audio/x-wav")
    assert recordings.fetch(f"{platform.base}/a.wav", "17") == "17.wav"
    path = recordings.path("17.wav")
    assert path is not None
    assert path.read_bytes() == WAV
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert platform.shown == {"/a.wav": OURS}


def test_our_credentials_go_to_the_platform_s_own_host_only(platform: Store, recordings: Recordings) -> None:
    elsewhere = Store()
    with elsewhere:
        elsewhere.answers["/kept.wav"] = Response(WAV, mimetype="audio/wav")
        platform.answers["/a"] = Response(status=302, headers={"Location": f"{elsewhere.base}/kept.wav"})
        assert recordings.fetch(f"{platform.base}/a", "17") == "17.wav"
        assert elsewhere.shown == {"/kept.wav": None}
    assert platform.shown["/a"] == OURS


@pytest.mark.parametrize(
    ("answer", "fault", "words"),
    [
        (Response(WAV + b"\0", mimetype="audio/wav"), NotARecording, "larger than"),
        (Response("<html>", mimetype="text/html"), NotARecording, "no sound file"),
        (Response(b"", mimetype="audio/wav"), Unavailable, "empty"),
        (Response(status=404), Unavailable, "404"),
        (Response(status=503), Unavailable, "503"),
        (Response(status=302, headers={"Location": "/a.wav"}), NotARecording, "leads from one"),
        (Response(status=302, headers={"Location": "file:///etc/passwd"}), NotARecording, "https://"),
        (Response(status=302, headers={"Location": "http://files.example/a.wav"}), NotARecording, "https://"),
        (Response(status=302, headers={"Location": "https://files.example/a.wav"}), NotARecording, "platform's"),
        (Response(status=302, headers={"Location": "https://169.254.169.254/latest"}), NotARecording, "platform's"),
    ],
)
def test_what_is_no_recording_leaves_nothing_behind(
    platform: Store, recordings: Recordings, answer: Response, fault: type[Exception], words: str
) -> None:
    platform.answers["/a.wav"] = answer
    with pytest.raises(fault, match=words):
        recordings.fetch(f"{platform.base}/a.wav", "17")
    assert not any(recordings.folder.iterdir() if recordings.folder.exists() else [])


def test_the_platform_s_recordings_are_never_looked_for_on_this_machine(platform: Store, tmp_path: Path) -> None:
    platform.answers["/a.wav"] = Response(WAV, mimetype="audio/wav")
    with (
        closing(Recordings(tmp_path, "https://acme.signalwire.com", "p1", "t1")) as real,
        pytest.raises(NotARecording, match="https://"),
    ):
        real.fetch(f"{platform.base}/a.wav", "17")
    assert platform.shown == {}


def test_a_store_without_a_type_is_believed_its_file_s_name(platform: Store, recordings: Recordings) -> None:
    platform.answers["/a.mp3"] = Response(WAV, mimetype="binary/octet-stream")
    assert recordings.fetch(f"{platform.base}/a.mp3?x=1", "17") == "17.mp3"


def test_only_files_of_the_folder_are_ever_given(recordings: Recordings, tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(WAV)
    assert recordings.path("../secret.wav") is None
    assert recordings.path("") is None
    assert recordings.path("18.wav") is None


ELSEWHERE = [
    "https://127.0.0.1/a", "https://127.1/a", "https://2130706433/a", "https://0x7f000001/a", "https://0177.0.0.1/a",
    "https://localhost/a", "https://[::1]/a", "https://[::ffff:127.0.0.1]/a", "https://[::ffff:7f00:1]/a",
    "https://10.0.0.1/a", "https://192.168.1.1/a", "https://172.16.0.1/a", "https://169.254.169.254/a",
    "https://[fd00::1]/a", "https://[fe80::1]/a", "https://0/a", "https://0.0.0.0/a", "https://1.1.1.1/a",
    "https://files.signalwire.com@127.0.0.1/a", "https://files.signalwire.com:pw@localhost/a",
    "https://files.signalwire.com.evil.example/a", "https://evilsignalwire.com/a", "https://evil.example/a",
    "https://evil.example/?x=.signalwire.com", "https://evil.example#.signalwire.com",
    "https://127.0.0.1/.signalwire.com",    "https://files.signalwire.com:8443/a", "https://files.signalwire.com:22/a", "http://files.signalwire.com/a",
    "https://①②⑦.⓪.⓪.①/a", "https://signalwire.com\u2024evil.example/a", "//127.0.0.1/a",
    "ftp://files.signalwire.com/a", "",
]  # fmt: skip


@pytest.mark.parametrize("url", ELSEWHERE)
def test_no_address_but_the_platform_s_is_ever_asked(url: str, tmp_path: Path) -> None:
    def resolve(host: str) -> list[str]:
        raise AssertionError(host)

    with (
        closing(Recordings(tmp_path, "https://acme.signalwire.com", "p1", "t1", resolve=resolve)) as real,
        pytest.raises((NotARecording, Unavailable)),
    ):
        real.fetch(url, "17")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fd00::1", "fe80::1%eth0",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:c0a8:1::", "ff02::1", "192.0.2.1",
        "2001:db8::1",
    ],
)  # fmt: skip
def test_a_host_of_the_platform_s_at_an_address_in_here_is_not_asked(address: str, tmp_path: Path) -> None:
    def resolve(host: str) -> list[str]:
        assert host == "files.signalwire.com"
        return ["93.184.216.34", address]

    with (
        closing(Recordings(tmp_path, "https://acme.signalwire.com", "p1", "t1", resolve=resolve)) as real,
        pytest.raises(NotARecording, match="public address"),
    ):
        real.fetch("https://files.signalwire.com/a.wav", "17")


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(tmp_path: Path) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.headers["host"] == "files.signalwire.com":
            return httpx.Response(302, headers={"Location": "https://more.signalwire.com/b.wav"})
        return httpx.Response(200, content=WAV, headers={"Content-Type": "audio/wav"})

    with closing(Recordings(tmp_path, "https://acme.signalwire.com", "p1", "t1")) as real:
        real.resolve = {"files.signalwire.com": ["93.184.216.34"], "more.signalwire.com": ["2606:2800::1"]}.__getitem__
        real.__dict__["_client"] = httpx.Client(transport=httpx.MockTransport(answer))
        assert real.fetch("https://files.signalwire.com/a.wav?x=1", "17") == "17.wav"
    assert [(one.url.host, one.headers["host"], one.extensions["sni_hostname"]) for one in asked] == [
        ("93.184.216.34", "files.signalwire.com", "files.signalwire.com"),
        ("2606:2800::1", "more.signalwire.com", "more.signalwire.com"),
    ]
    assert asked[0].url.raw_path == b"/a.wav?x=1"
    assert not any("authorization" in one.headers for one in asked)


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)
