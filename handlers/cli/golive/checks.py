"""What the doctor looks at on our own side: database, directory, worker, and ourselves as the platform would see us."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import make_url

from calls.directory.errors import Mistakes
from calls.directory.model import Directory
from gateways.clock import Clock
from gateways.database.migrate import check_writable, versions
from gateways.errors import Unavailable
from gateways.http_probe import Untrusted, certificate_expires, visit
from gateways.jobs.leases import anybody, places_at
from gateways.messaging.mail import MailServer
from gateways.signalwire.error_help import Why, why_unreachable
from handlers.cli.golive.pointing import stands_in
from handlers.cli.reading import lines_of, open_served, served
from handlers.settings import Settings

Verdict = Literal["ok", "problem", "cannot tell"]

WITHIN = 2.2  # seconds a look at an address may take; a check has five, and may look twice
_RENEWED_BEFORE = timedelta(days=14)  # whoever renews by itself has done so by then
_START = "Start it: `switchboard serve`."
_WHY: dict[Why, str] = {
    "certificate": "its certificate cannot be trusted",
    "tls": "it speaks no TLS",
    "name": "there is no such host",
    "address": "it is no address",
    "time": "it did not answer in time",
    "connection": "nothing listens there",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out, and what to do about it ("" when there is nothing to do)."""

    check: str
    verdict: Verdict
    says: str
    do: str = ""

    def shown(self) -> dict[str, str]:
        """For scripts."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at. `directories`: of every business; none when there is a mistake in one."""

    settings: Settings
    directories: tuple[Directory, ...]
    clock: Clock


Check = Callable[[Subject], list[Finding]]


def settings(subject: Subject) -> list[Finding]:
    """They could be read, or there would be no checks; what is left out is told."""
    known, name = subject.settings, "settings"
    if known.is_local and not stands_in(known):
        says = f"PUBLIC_URL is {known.public_url}, which nobody but this machine can reach"
        return [
            Finding(name, "problem", says, "Set PUBLIC_URL to the https:// address of this server; a tunnel will do.")
        ]
    if known.signalwire_signing_key:
        return [Finding(name, "ok", "complete; every fetch must be signed by the platform")]
    do = "Set SIGNALWIRE_SIGNING_KEY (dashboard, API Credentials), and nobody but SignalWire can fetch a document."
    return [Finding(name, "ok", "complete; a password alone lets in who fetches documents", do)]


def database(subject: Subject) -> list[Finding]:
    """Reachable, migrated, writable."""
    url, name = subject.settings.database_url, "database"
    parts = make_url(url)
    where = parts.render_as_string(hide_password=True)
    if url.startswith("sqlite") and not Path(str(parts.database)).exists():
        return [Finding(name, "problem", f"{where} does not exist yet", "Run `switchboard serve`, which makes it.")]
    try:
        found = versions(url)
        if not found.current:
            says = f"{where} has version {found.found or 'none'} of our tables, {found.wanted} is needed"
            says += "" if found.orders else "; those of the orders are behind too"
            do = "Run `switchboard serve` or `switchboard worker`: each migrates first. If the database is the newer "
            return [Finding(name, "problem", says, f"{do}one, install the newer version here as well.")]
        check_writable(url)
    except Unavailable as fault:
        do = "Check DATABASE_URL, that the database runs, that its user may write, and that the disk is not full."
        return [Finding(name, "problem", f"{where}: {fault}", do)]
    return [Finding(name, "ok", f"{where}, version {found.found}, can be written")]


def directory(subject: Subject) -> list[Finding]:
    """The directory file, or those of several businesses."""
    path, name = subject.settings.switchboard_directory, "directory"
    meanwhile = ""
    try:
        found = open_served(subject.settings)
        found.close()
        known, mistakes, meanwhile = found.all(), found.mistakes, f". {served(found)}"
    except Mistakes as refused:
        known, mistakes = (), refused.mistakes
    if mistakes:
        says = f"{path}: {len(mistakes)} to put right, first {mistakes[0]}{meanwhile}"
        return [Finding(name, "problem", says, "`switchboard check` lists them all.")]
    lines, departments = lines_of(known), sum(len(one.departments) for one in known)
    where = str(path) if len(known) == 1 else f"{path}: {len(known)} businesses"
    if not lines:
        do = "Add your numbers under `lines:`; only they can be shown as caller ID, and only they are checked here."
        return [Finding(name, "ok", f"{where} has no `lines:`", do)]
    return [Finding(name, "ok", f"{where}, {departments} departments, {len(lines)} lines")]


def worker(subject: Subject) -> list[Finding]:
    """Whether a worker is running; it holds a place at the database."""
    url, name = subject.settings.database_url, "worker"
    if url.startswith("sqlite") and not Path(str(make_url(url).database)).exists():
        return [Finding(name, "cannot tell", "there is no database yet")]
    places = places_at(url)
    try:
        running = anybody(places)
    except Unavailable as fault:
        return [Finding(name, "cannot tell", str(fault), "Put the database right first.")]
    finally:
        places.close()
    if running:
        return [Finding(name, "ok", "a worker is running")]
    do = "Start `switchboard worker`: without it nobody is rung for a consult, and callbacks and webhooks wait."
    return [Finding(name, "problem", "no worker is running at this database", do)]


def public_url(subject: Subject) -> list[Finding]:
    """Whether the app answers there, and lets in whoever has the password that numbers are pointed with."""
    known, name = subject.settings, "public address"
    address = f"{known.public_url}/health"
    try:
        health = visit(address, within=WITHIN)
    except Unavailable as fault:
        why = _WHY[why_unreachable(fault)]
        return [
            Finding(
                name,
                "problem",
                f"{address} cannot be reached from here: {why}",
                f"{_START} Check PUBLIC_URL and what stands between (DNS, proxy, firewall).",
            )
        ]
    if health.location:
        do = f"Set PUBLIC_URL to the address it sends on to, {health.location.removesuffix('/health')}."
        return [Finding(name, "problem", f"{address} sends on elsewhere (HTTP {health.status})", do)]
    if health.status != 200 or '"ok"' not in health.text:
        says = f"{address} is answered with HTTP {health.status}, and not by this app"
        return [
            Finding(name, "problem", says, f"{_START} Check that the proxy passes every path on to port {known.port}.")
        ]
    return [_let_in(known, name)]


def _let_in(known: Settings, name: str) -> Finding:
    try:
        document = visit(
            f"{known.public_url}/swml",
            credentials=(known.swml_basic_auth_user, known.swml_basic_auth_password),
            within=WITHIN,
        )
    except Unavailable as fault:
        says = f"{known.public_url}/swml is not answered: {_WHY[why_unreachable(fault)]}"
        return Finding(name, "problem", says, "See what the server logs.")
    if document.status == 401:
        do = "Give this shell and the server the same SWML_BASIC_AUTH_USER and SWML_BASIC_AUTH_PASSWORD."
        return Finding(name, "problem", f"the server at {known.public_url} has another password than this shell", do)
    if document.status not in (200, 403):  # 403: the password was right, and a signature is asked for besides
        says = f"{known.public_url}/swml is answered with HTTP {document.status}"
        return Finding(name, "problem", says, "See what the server logs, and `switchboard check`.")
    return Finding(name, "ok", f"{known.public_url} answers, and the password is right (seen from this machine)")


def certificate(subject: Subject) -> list[Finding]:
    """Valid, of this host, and not about to run out."""
    parts, name = urlsplit(subject.settings.public_url), "certificate"
    host = parts.hostname or ""
    if parts.scheme != "https":
        if subject.settings.is_local:
            return [Finding(name, "cannot tell", f"{subject.settings.public_url} is local and has none")]
        says, do = "PUBLIC_URL is http://: the password and every word of a call travel in the open", "Use https://."
        return [Finding(name, "problem", says, do)]
    try:
        expires = certificate_expires(host, parts.port or 443, within=WITHIN)
    except Untrusted as fault:
        return [Finding(name, "problem", f"{host}: {fault}", _mended(str(fault), host))]
    except Unavailable as fault:
        return [
            Finding(
                name, "cannot tell", f"{host}: {_WHY[why_unreachable(fault)]}", "Put the public address right first."
            )
        ]
    left = expires - subject.clock.now()
    if left < _RENEWED_BEFORE:
        says = f"that of {host} expires on {expires:%Y-%m-%d}, in {left.days} days"
        return [Finding(name, "problem", says, "Renew it now, and see why it was not renewed by itself.")]
    return [Finding(name, "ok", f"that of {host} is valid until {expires:%Y-%m-%d}")]


def _mended(reason: str, host: str) -> str:
    words = reason.lower()
    if "expired" in words:
        return "Renew it, and see why it was not renewed by itself."
    if "hostname" in words or "not valid for" in words:
        return f"Get one for {host}, or set PUBLIC_URL to a name that it is for."
    if "self" in words and "signed" in words:
        return "Get one from a public authority (Let's Encrypt is free); nobody trusts one that signed itself."
    return "Install the whole chain (fullchain.pem), with the authority's certificates in between."


def mail(subject: Subject) -> list[Finding]:
    """Whether the mail server lets us in, where there is one: what callers leave is told by mail."""
    known, name = subject.settings, "mail"
    if not known.smtp_url:
        return []
    server = f"{urlsplit(known.smtp_url).hostname}"
    try:
        MailServer(known.smtp_url, known.smtp_from, subject.clock, within=WITHIN).greet()
    except Unavailable as fault:
        do = "Check SMTP_URL: host, port, smtp:// or smtps://, user and password. Until then no mail goes out."
        return [Finding(name, "problem", f"{server}: {fault}", do)]
    return [Finding(name, "ok", f"{server} lets us in; mail comes from {known.smtp_from}")]


OURS: dict[str, Check] = {
    "settings": settings,
    "database": database,
    "directory": directory,
    "worker": worker,
    "public address": public_url,
    "certificate": certificate,
    "mail": mail,
}
