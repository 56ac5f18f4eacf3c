"""Where the platform's numbers point, in words, and the platform as the commands for going live talk with it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit, urlunsplit

import click

from calls.directory.model import Directory
from calls.numbers import Number, Unreadable
from gateways.errors import GatewayError
from gateways.signalwire.error_help import what_to_do
from gateways.signalwire.number_history import Former
from gateways.signalwire.numbers import SETTINGS, OwnedNumber, Platform
from handlers.cli.reading import of_line
from handlers.settings import Settings

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_WORDS = {"relay_script": "SWML", "laml_webhooks": "cXML", "laml_application": "cXML application"}


@dataclass(frozen=True, slots=True)
class Pointing:
    """Where a number points: at this app (`here`), with the password it has now (`password`), at which agent."""

    here: bool = False
    password: bool = False
    agent: str = ""  # of /swml/<agent>; "" when the line and the hour choose

    @classmethod
    def of(cls, number: OwnedNumber, settings: Settings) -> Self:
        """Compared without the password first: a stale one is the usual reason why nobody is answered any more."""
        base, path = f"{settings.public_url}/swml", without_credentials(number.url).partition("?")[0]
        if path != base and not path.startswith(f"{base}/"):
            return cls()
        parts = urlsplit(number.url)
        given = unquote(parts.username or ""), unquote(parts.password or "")
        right = given == (settings.swml_basic_auth_user, settings.swml_basic_auth_password)
        return cls(True, right, path.removeprefix(base).removeprefix("/"))


def without_credentials(url: str) -> str:
    """The address without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def masked(url: str) -> str:
    """The address as it may be shown: without the password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=f"{parts.username}:•••@{parts.netloc.rpartition('@')[2]}"))


def where(number: OwnedNumber) -> str:
    """Where the number's calls go, in words: "SWML https://signalwire:•••@desk.example/swml", or "nowhere"."""
    if not number.handler:
        return f"a resource of the platform's ({number.resource})" if number.resource else "nowhere"
    told = [masked(number.settings[name]) for name in SETTINGS if name in number.settings and _tells(name)]
    return " ".join([_WORDS.get(number.handler, number.handler), *(told or [number.resource])]).strip()


def _tells(name: str) -> bool:
    return name not in ("call_handler", "call_receive_mode") and not name.endswith(("_method", "_callback_url"))


def former_of(settings: Settings) -> Former:
    """Where numbers pointed before: kept beside the directory file."""
    return Former(settings.switchboard_directory.absolute().parent / ".switchboard" / "pointed.json")


def stands_in(settings: Settings) -> bool:
    """Whether the platform is one on this machine, which can reach us at a local address too."""
    return urlsplit(settings.signalwire_api).hostname in _LOCAL


def missing_for_rest(settings: Settings) -> list[str]:
    """The settings without which the platform cannot be asked anything."""
    needed = {
        "SIGNALWIRE_SPACE": settings.signalwire_api,
        "SIGNALWIRE_PROJECT_ID": settings.signalwire_project_id,
        "SIGNALWIRE_API_TOKEN": settings.signalwire_api_token,
    }
    return [name for name, value in needed.items() if not value]


@contextmanager
def platform_of(settings: Settings, *, scope: str) -> Iterator[Platform]:
    """The platform, for a block that needs `scope`. Whatever it refuses ends the command with what to do about it."""
    if missing := missing_for_rest(settings):
        raise click.ClickException(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set. The dashboard shows them under "
            "API Credentials; the token needs the scopes Numbers and Voice."
        )
    api = settings.signalwire_api
    with closing(Platform(api, settings.signalwire_project_id, settings.signalwire_api_token)) as platform:
        try:
            yield platform
        except GatewayError as fault:
            raise click.ClickException(what_to_do(fault, api=api, scope=scope)) from None


def refuse_local(settings: Settings) -> None:
    """End the command when the platform could not reach us."""
    if settings.is_local and not stands_in(settings):
        raise click.ClickException(
            f"SignalWire cannot reach {settings.public_url}, which is this machine's own address. Set PUBLIC_URL to "
            "the https:// address under which it can (a tunnel will do), restart `switchboard serve` with it, and try "
            "again."
        )


def read_number(text: str, directory: Directory) -> Number:
    """A number that was typed. Ends the command for anything else."""
    try:
        return Number.parse(text, directory.country)
    except Unreadable as reason:
        raise click.BadParameter(f"{text!r} is not {reason}", param_hint="NUMBER") from None


def known_agent(name: str, directories: tuple[Directory, ...], line: str) -> str:
    """An agent that answers on this line (E.164). Ends the command for any other."""
    from handlers.cli.roster import has  # noqa: PLC0415, it imports the SDK

    directory = of_line(directories, line)
    if directory is None or not has(directory, name):
        raise click.BadParameter(f"no agent {name} answers here; `switchboard agents` lists them", param_hint="--agent")
    return name


def listed(numbers: Sequence[str]) -> str:
    """A few numbers, for a sentence."""
    shown = ", ".join(numbers[:5])
    return f"{shown} and {len(numbers) - 5} more" if len(numbers) > 5 else shown or "none"
