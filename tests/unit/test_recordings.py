"""Recordings: fetched within limits, kept where only we can read them, and our credentials given to nobody else."""

import stat
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from exchange.api import silence
from gateways.errors import Unavailable
from gateways.recordings import NotARecording, Recordings
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
