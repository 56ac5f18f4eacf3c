"""The desk: a page for supervisors and operators. Who waits, who is there, what callers left; and what to do about it.

Behind one password. Looking changes nothing; every change is a form with a token of its session, and every page
belongs to one business, which its address names (`?of=NAME`).
"""

from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, abort, request, send_file

from calls.directory.model import Directory, Person
from calls.messages.message import Message
from gateways.errors import Unavailable
from gateways.records.desk import FAILURES, FAILURES_OF_ALL
from gateways.signalwire.recordings import TYPES, NotARecording
from handlers.web.desk_board import board, troubles
from handlers.web.desk_forms import ACTS, Form, message_of
from handlers.web.desk_session import COOKIE, KNOWN, LASTS, Session, Sessions
from handlers.web.pages import page, private
from handlers.wiring import Wiring

log = structlog.get_logger()

_ME = "switchboard_me"  # who sits there; no secret, and checked against the file
_NEAR = tuple(map(ip_network, (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1/128", "fc00::/7",
    "fe80::/10",
)))  # fmt: skip
_LONGEST_PASSWORD = 1000  # characters that are looked at

# What a page says after a form, by the word in its address: no words of anybody else get onto the page that way.
_SAID = {
    "taken": "Your phone rings in a moment.",
    "nobody": "Nobody waits there any more, or your phone is ringing already.",
    "closed": "Closed.",
    "cancelled": "The callback is cancelled.",
    "late": "Somebody was quicker.",
    "away": "Away.",
    "back": "Back: calls come again.",
    "when": "That is no time. Write it as 14:00.",
    "out": "You are logged out.",
}


def routes(wiring: Wiring) -> Blueprint:
    """`/desk/` and what is below it; nothing of it exists without DESK_PASSWORD."""
    pages = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates")
    sessions = Sessions(wiring.guard, wiring.settings, wiring.chance)

    @pages.before_request
    def exists() -> None:
        if not wiring.settings.desk_password:
            abort(404)

    @pages.get("", strict_slashes=False)
    @pages.get("/")
    def choose() -> Response:
        if not _session(wiring, sessions):
            return _to("login")
        directories = wiring.directories.all()
        if len(directories) == 1:
            return _to("board", of=directories[0].business)
        return page("desk_choose.html", businesses=[(_address("board", of=d.business), d.company) for d in directories])

    @pages.get("/login")
    def ask() -> Response:
        return _login_page(wiring, sessions)

    @pages.post("/login")
    def log_in() -> Response:
        session = sessions.read(request.cookies.get(COOKIE), wiring.clock.now())
        if session is None:  # the page was open for too long, or cookies are refused
            return _login_page(wiring, sessions, "Please try again; this page needs its cookie.", 403)
        sessions.check_form(session, request.form.get("token"))
        return _log_in(wiring, sessions)

    @pages.get("/board")
    def look() -> Response:
        session = _session(wiring, sessions)
        return _board_page(wiring, sessions, session) if session else _to("login")

    @pages.post("/<any(logout, me, away, back, take, close, cancel):what>")
    def act(what: str) -> Response:
        session = _session(wiring, sessions)
        if session is None:
            return _to("login")
        sessions.check_form(session, request.form.get("token"))
        return _log_out(wiring, sessions, session) if what == "logout" else _act(wiring, sessions, what)

    @pages.get("/recording/<message_id>")
    def hear(message_id: str) -> Response:
        return _sound(wiring, message_id) if _session(wiring, sessions) else _to("login")

    return pages


# --- who is there -------------------------------------------------------------------------------------------------


def _session(wiring: Wiring, sessions: Sessions) -> Session | None:
    now = wiring.clock.now()
    session = sessions.read(request.cookies.get(COOKIE), now)
    return session if session and session.logged_in and wiring.records.has_session(session.id, now) else None


def _login_page(wiring: Wiring, sessions: Sessions, complaint: str = "", status: int = 200) -> Response:
    session = sessions.new(logged_in=False)
    said = _SAID.get(request.args.get("said", ""), "")
    token = sessions.form_token(session)
    response = page("desk_login.html", status, token=token, complaint=complaint, said=said)
    sessions.put(response, session, wiring.clock.now())
    return response


def _log_in(wiring: Wiring, sessions: Sessions) -> Response:
    """Every attempt counts as failed until it has succeeded, so that many at once are no way round the limit."""
    now, known = wiring.clock.now(), sessions.known(request.cookies.get(KNOWN))
    address, shared = _whence()
    who = f"browser {known}" if known else address
    failures = FAILURES_OF_ALL if shared and not known else FAILURES
    if not wiring.records.may_log_in(who, now, failures=failures):
        log.warning("desk_locked", address=address)
        return _login_page(wiring, sessions, "Too many wrong passwords. Wait for a quarter of an hour.", 429)
    if not sessions.is_right(request.form.get("password", "")[:_LONGEST_PASSWORD]):
        log.warning("desk_password_wrong", address=address, proxy_names_no_address=shared)
        return _login_page(wiring, sessions, "That is not the password.", 401)
    wiring.records.logged_in(who)
    session = sessions.new(logged_in=True)
    wiring.records.begin_session(session.id, now + LASTS, now)
    response = _to("")
    sessions.put(response, session, now)
    sessions.remember(response, known)
    return response


def _whence() -> tuple[str, bool]:
    """The address a request comes from, and whether all may share it: a proxy near us that names nobody.

    What a proxy says of it counts only where the proxy is near us, and when it is
    an address: whoever comes from afar could say anything, and something else each time.
    """
    direct = request.remote_addr or ""
    said = _address_of(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip())
    near = _address_of(direct)
    if near is None:
        return direct, False
    if not any(near in network for network in _NEAR):
        return _household(near), False
    return (_household(said), False) if said else (_household(near), True)


def _address_of(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _household(address: IPv4Address | IPv6Address) -> str:
    """An IPv6 connection has 2**64 addresses, and could try a password from each of them."""
    if address.version == 4 or address.ipv4_mapped:
        return str(address)
    return str(ip_network((int(address), 64), strict=False))


def _log_out(wiring: Wiring, sessions: Sessions, session: Session) -> Response:
    wiring.records.end_session(session.id)
    response = _to("login", said="out")
    sessions.end(response)
    return response


# --- looking ------------------------------------------------------------------------------------------------------


def _board_page(wiring: Wiring, sessions: Sessions, session: Session) -> Response:
    directory, now = _directory(wiring), wiring.clock.now()
    return page(
        "desk.html",
        live=True,
        board=board(wiring, directory, now),
        troubles=troubles(wiring.directories, directory, now),
        of=f"?{urlencode({'of': directory.business})}" if directory.business else "",
        several=len(wiring.directories.all()) > 1,
        me=_me(directory),
        rings=wiring.carrier is not None,
        token=sessions.form_token(session),
        said=_SAID.get(request.args.get("said", ""), ""),
    )


def _directory(wiring: Wiring) -> Directory:
    """The business that the address names."""
    name = request.args.get("of", "")
    return next((one for one in wiring.directories.all() if one.business == name), None) or abort(404)


def _me(directory: Directory) -> Person | None:
    business, _, person = request.cookies.get(_ME, "").partition("/")
    return directory.people.get(person) if business == directory.business else None


def _sound(wiring: Wiring, message_id: str) -> Response:
    """A recording, through us: its own address is nobody else's business, and may need our credentials."""
    message = message_of(wiring, _directory(wiring), message_id)
    path = wiring.recordings.path(message.file) or wiring.recordings.path(_fetched(wiring, message))
    if path is None:
        abort(404)
    wiring.records.hear_message(message.id, wiring.clock.now())
    return private(send_file(path.resolve(), mimetype=TYPES.get(path.suffix), conditional=True))


def _fetched(wiring: Wiring, message: Message) -> str:
    """The file of a recording that nobody has fetched yet; "" when it is not to be had."""
    if not message.url:
        return ""
    try:
        file = wiring.recordings.fetch(message.url, f"{message.at:%Y-%m-%d-%H%M%S}-message-{message.id}")
    except (Unavailable, NotARecording) as fault:
        log.warning("recording_not_fetched", message=message.id, reason=str(fault))
        return ""
    wiring.records.keep_recording(message.id, file)
    return file


# --- doing --------------------------------------------------------------------------------------------------------


def _act(wiring: Wiring, sessions: Sessions, what: str) -> Response:
    directory = _directory(wiring)
    form = Form(directory, wiring.clock.now(), _me(directory), request.form)
    response = _to("board", of=directory.business, said=ACTS[what](wiring, form) if what in ACTS else "")
    if what == "me":
        me = request.form.get("person", "")
        known = me if me in directory.people else ""
        response.set_cookie(_ME, f"{directory.business}/{known}", max_age=timedelta(days=90), **sessions.manners)
    return response


def _to(where: str, **query: str) -> Response:
    """On to another page of the desk. A form that was sent is not sent again when that page is loaded again."""
    return private(Response(status=303, headers={"Location": _address(where, **query)}))


def _address(where: str, **query: str) -> str:
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"/desk/{where}{f'?{asked}' if asked else ''}"
