"""Recordings: fetched from where the platform keeps them, and kept in a folder of our own.

The platform forgets them in time, and their addresses are worth keeping to ourselves. Whatever address a callback
names, we ask the platform's hosts only, at public addresses, and our credentials go to its REST interface alone.
"""

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import httpx

from gateways.errors import GatewayError, Unavailable

LARGEST = 64 * 1024 * 1024  # bytes; ten minutes of stereo WAV at 16 kHz are 38 MB
_WITHIN = 60.0  # seconds for all of it
_QUIET = 10.0  # seconds in which something must arrive
_HERE = ("127.0.0.1", "localhost", "::1")
_PLATFORM = "signalwire.com"
_HIDES_ANOTHER = ip_network("64:ff9b::/96")  # an IPv4 address in its last bits, for a translator
_HOPS = 4  # from address to address

_SUFFIXES = {
    "audio/wav": ".wav", "audio/x-wav": ".wav", "audio/wave": ".wav", "audio/vnd.wave": ".wav",
    "audio/mpeg": ".mp3", "audio/mp3": ".mp3", "audio/mp4": ".mp4", "video/mp4": ".mp4",
}  # fmt: skip
_UNNAMED = ("application/octet-stream", "binary/octet-stream", "")
TYPES = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".mp4": "audio/mp4"}


def addresses_of(host: str) -> list[str]:
    """The IP addresses of a host. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]


def is_public(text: str) -> bool:
    """Whether an IP address is one of the internet: not loopback, private, link-local, nor one of these in disguise."""
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = IPv4Address(int(address) & 0xFFFFFFFF) if address in _HIDES_ANOTHER else None
        teredo = address.teredo[1] if address.teredo else None
        for hidden in (address.ipv4_mapped, address.sixtofour, teredo, inner):
            if hidden is not None:
                return hidden.is_global and not hidden.is_multicast
    return address.is_global and not address.is_multicast


class NotARecording(GatewayError):
    """What is there is no recording that could be kept; asking again will not help."""


@dataclass
class Recordings:
    """The folder, made when it is first needed, and the platform's REST address with our credentials for it."""

    folder: Path
    api: str = ""
    project: str = ""
    token: str = field(default="", repr=False)
    largest: int = LARGEST
    resolve: Callable[[str], list[str]] = field(default=addresses_of, repr=False)

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=_QUIET)

    def fetch(self, url: str, name: str) -> str:
        """Fetch a recording; gives the file it is kept in, below the folder.

        Raises Unavailable when it should be tried again later, NotARecording when that would not help.
        """
        try:
            for _ in range(_HOPS):
                asked, known_as = httpx.URL(url), self._check(url)
                at = asked.copy_with(host=self._public(asked)) if known_as else asked
                headers = {"Host": asked.host} if known_as else {}
                with self._client.stream(
                    "GET", at, auth=self._credentials(url), headers=headers, extensions=known_as
                ) as response:
                    if not response.has_redirect_location:
                        return self._keep(response, name)
                    url = str(asked.join(response.headers["location"]))
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise Unavailable(f"the recording cannot be fetched ({type(fault).__name__})") from fault
        raise NotARecording("the recording's address leads from one to the next")

    def path(self, file: str) -> Path | None:
        """Where that file is; None when it is not there any more."""
        path = self.folder / file
        inside = path.resolve().is_relative_to(self.folder.resolve())
        return path if file and inside and path.is_file() else None

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _check(self, url: str) -> dict[str, str]:
        """What TLS must know of the host, which is then asked at its public address; empty: it is asked as it is.

        Raises NotARecording for an address that is not the platform's.
        """
        asked = httpx.URL(url)
        here = asked.host in _HERE and httpx.URL(self.api).host in _HERE  # an exchange stands in for the platform
        if self._is_ours(url) or (here and asked.scheme in ("http", "https")):
            return {}
        if asked.scheme != "https":
            raise NotARecording("the recording's address is not an https:// address")
        if not f".{asked.host}".endswith(f".{_PLATFORM}") or asked.port is not None:
            raise NotARecording("the recording's address is not one of the platform's")
        return {"sni_hostname": asked.host}

    def _public(self, url: httpx.URL) -> str:
        """The address of a host, which is asked there and nowhere else: a second look could find another.

        Raises Unavailable when it has none, NotARecording when one of them is not public.
        """
        try:
            found = self.resolve(url.host)
        except OSError as fault:
            raise Unavailable(f"the recording's host is not known ({fault.strerror})") from fault
        for address in found:
            if not is_public(address):
                raise NotARecording("the recording's host is not at a public address")
        return found[0]

    def _credentials(self, url: str) -> httpx.BasicAuth | None:
        return httpx.BasicAuth(self.project, self.token) if self.token and self._is_ours(url) else None

    def _is_ours(self, url: str) -> bool:
        def origin(url: httpx.URL) -> tuple[str, str, int | None]:
            return url.scheme, url.host, url.port

        return bool(self.api) and origin(httpx.URL(url)) == origin(httpx.URL(self.api))

    def _keep(self, response: httpx.Response, name: str) -> str:
        if not response.is_success:  # a recording may take a moment to get where it is to be found
            raise Unavailable(f"the recording cannot be fetched (HTTP {response.status_code})")
        file = name + _suffix(response)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.folder / f".{secrets.token_hex(8)}"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                for piece in self._pieces(response):
                    out.write(piece)
            draft.replace(self.folder / file)
        except OSError as fault:
            raise Unavailable(f"the recording cannot be kept in {self.folder} ({fault.strerror})") from fault
        finally:
            draft.unlink(missing_ok=True)
        return file

    def _pieces(self, response: httpx.Response) -> Iterator[bytes]:
        patience, size = time.monotonic() + _WITHIN, 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > self.largest:
                raise NotARecording(f"the recording is larger than {self.largest // 1024 // 1024} MB")
            if time.monotonic() > patience:
                raise Unavailable(f"the recording did not arrive within {_WITHIN:g} seconds")
            yield piece
        if not size:
            raise Unavailable("the recording is empty")


def _suffix(response: httpx.Response) -> str:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    own = Path(response.url.path).suffix.lower()
    if kind in _UNNAMED and own in TYPES:
        return own
    if kind not in _SUFFIXES:
        raise NotARecording(f"the recording is no sound file ({kind or 'of no type'})")
    return _SUFFIXES[kind]
