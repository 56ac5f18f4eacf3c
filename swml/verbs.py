"""The verbs that act on a call, one frozen value each. Times are seconds unless a name says otherwise.

A value left None is left out of the document, and the platform's own default holds. What a constructor takes, the
platform takes; the rest is a ValueError here rather than silence on a live call.
"""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from swml.checks import at_least, exactly_one, one_of, playable, script, web
from swml.connect import Connect, Destination
from swml.flow import (
    Branches,
    Cases,
    Cond,
    Document,
    Else,
    Execute,
    Goto,
    Label,
    Request,
    Result,
    Return,
    Set,
    Sleep,
    Steps,
    Switch,
    Transfer,
    Unset,
    Verb,
    When,
)

__all__ = [  # noqa: RUF022, in the order in which a call meets them
    "Verb", "Steps", "Document", "Branches", "Cases", "Result",
    "Answer", "Play", "Prompt", "Record", "RecordCall", "Transcribe", "TranscribeStop", "Connect", "Destination",
    "SipRefer", "SendSms", "JoinConference", "EnterQueue", "DetectMachine", "Hangup",
    "Set", "Unset", "Cond", "When", "Else", "Switch", "Label", "Goto", "Execute", "Return", "Transfer", "Request",
    "Sleep",
]  # fmt: skip

_CONFERENCE_EVENTS = ("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")


@dataclass(frozen=True, slots=True)
class Answer(Verb):
    """Answer the call."""

    verb: ClassVar[str] = "answer"
    max_duration: int | None = None
    codecs: str | None = None

    def __post_init__(self) -> None:
        at_least(1, max_duration=self.max_duration)


@dataclass(frozen=True, slots=True)
class Play(Verb):
    """Play one sound (`url`) or several (`urls`): http(s) files, `say:text`, `silence:seconds`, `ring:country`."""

    verb: ClassVar[str] = "play"
    url: str | None = None
    _: KW_ONLY
    urls: tuple[str, ...] = ()
    volume: float | None = None
    say_voice: str | None = None
    say_language: str | None = None
    status_url: str | None = None

    def __post_init__(self) -> None:
        exactly_one(url=self.url, urls=self.urls)
        playable(self.urls or (self.url or "",), self.volume)
        web(status_url=self.status_url)


@dataclass(frozen=True, slots=True)
class Prompt(Verb):
    """Play and wait for digits. Any `speech_…` switches digits off unless a digit parameter is given as well."""

    verb: ClassVar[str] = "prompt"
    play: str | tuple[str, ...]
    _: KW_ONLY
    max_digits: int | None = None
    terminators: str | None = None
    digit_timeout: float | None = None
    initial_timeout: float | None = None
    speech_timeout: float | None = None
    speech_end_timeout: float | None = None
    speech_language: str | None = None
    speech_hints: tuple[str, ...] = ()
    volume: float | None = None
    say_voice: str | None = None
    say_language: str | None = None
    status_url: str | None = None

    def __post_init__(self) -> None:
        sounds = (self.play,) if isinstance(self.play, str) else self.play
        if not sounds:
            raise ValueError("a prompt plays something")
        playable(sounds, self.volume)
        at_least(1, max_digits=self.max_digits)
        web(status_url=self.status_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Verb):
    """Record in the foreground, as for voicemail: the script waits until it is done."""

    verb: ClassVar[str] = "record"
    beep: bool | None = None
    format: Literal["wav", "mp3", "mp4"] | None = None
    stereo: bool | None = None
    direction: Literal["speak", "listen"] | None = None
    terminators: str | None = None
    initial_timeout: float | None = None
    end_silence_timeout: float | None = None
    max_length: float | None = None
    status_url: str | None = None

    def __post_init__(self) -> None:
        one_of(("wav", "mp3", "mp4"), format=self.format)
        one_of(("speak", "listen"), direction=self.direction)
        at_least(0, initial_timeout=self.initial_timeout, end_silence_timeout=self.end_silence_timeout)
        at_least(1, max_length=self.max_length)
        web(status_url=self.status_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCall(Verb):
    """Record in the background while the script goes on."""

    verb: ClassVar[str] = "record_call"
    control_id: str | None = None
    beep: bool | None = None
    format: Literal["wav", "mp3", "mp4"] | None = None
    stereo: bool | None = None
    direction: Literal["speak", "listen", "both"] | None = None
    max_length: float | None = None
    status_url: str | None = None

    def __post_init__(self) -> None:
        one_of(("wav", "mp3", "mp4"), format=self.format)
        one_of(("speak", "listen", "both"), direction=self.direction)
        at_least(1, max_length=self.max_length)
        web(status_url=self.status_url)


@dataclass(frozen=True, slots=True)
class Transcribe(Verb):
    """Write down what is spoken from here on, in the background; one at a time. `status_url` gets the text at last."""

    verb: ClassVar[str] = "transcribe"
    status_url: str

    def __post_init__(self) -> None:
        web(status_url=self.status_url)


@dataclass(frozen=True, slots=True)
class TranscribeStop(Verb):
    """Write down no more."""

    verb: ClassVar[str] = "transcribe_stop"


@dataclass(frozen=True, slots=True)
class SipRefer(Verb):
    """Ask the caller's SIP endpoint to call `to_uri` instead (REFER). The caller's leg must be SIP."""

    verb: ClassVar[str] = "sip_refer"
    to_uri: str
    status_url: str | None = None
    _: KW_ONLY
    username: str | None = None
    password: str | None = None

    def __post_init__(self) -> None:
        scheme, colon, rest = self.to_uri.partition(":")
        if not (scheme and colon and rest):
            raise ValueError("to_uri needs a scheme, such as sip:")
        web(status_url=self.status_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSms(Verb):
    """Send a text message; the script goes on as soon as it is accepted. `body`, `media` URLs, or both."""

    verb: ClassVar[str] = "send_sms"
    to_number: str
    from_number: str
    body: str | None = None
    media: tuple[str, ...] = ()
    region: str | None = None
    tags: tuple[str, ...] = ()
    status_callback: str | None = None

    def __post_init__(self) -> None:
        if not (self.to_number and self.from_number):
            raise ValueError("a text message needs a number at both ends")
        if not (self.body or self.media):
            raise ValueError("a text message needs a body or media")
        web(status_callback=self.status_callback)


@dataclass(frozen=True, slots=True)
class JoinConference(Verb):
    """Join a conference by name, created as needed. The verbs after it run when the leg has left it.

    `status_callback_event` names events with spaces between, of start, end, join, leave, mute, hold, modify, speaker
    and announcement.
    """

    verb: ClassVar[str] = "join_conference"
    name: str
    _: KW_ONLY
    muted: bool | None = None
    beep: Literal["true", "false", "onEnter", "onExit"] | None = None
    start_on_enter: bool | None = None
    end_on_exit: bool | None = None
    wait_url: str | None = None
    max_participants: int | None = None
    record: Literal["do-not-record", "record-from-start"] | None = None
    coach: str | None = None
    status_callback: str | None = None
    status_callback_event: str | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a conference needs a name")
        one_of(("true", "false", "onEnter", "onExit"), beep=self.beep)
        one_of(("do-not-record", "record-from-start"), record=self.record)
        at_least(2, max_participants=self.max_participants)
        web(wait_url=self.wait_url, status_callback=self.status_callback)
        for event in (self.status_callback_event or "").split():
            one_of(_CONFERENCE_EVENTS, status_callback_event=event)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterQueue(Verb):
    """Wait in a queue, created as needed, for `wait_time` seconds at most.

    What the caller's leg runs after it was served (a URL or an inline document) may stand under both of its names:
    `execute_after_queue`, and `transfer_after_bridge` for a platform from before June 2026. One of them is required.
    """

    verb: ClassVar[str] = "enter_queue"
    queue_name: str
    execute_after_queue: str | None = None
    transfer_after_bridge: str | None = None
    wait_time: int | None = None
    wait_url: str | None = None
    status_url: str | None = None

    def __post_init__(self) -> None:
        if not self.queue_name:
            raise ValueError("a queue needs a name")
        if not (self.execute_after_queue or self.transfer_after_bridge):
            raise ValueError("a queue needs execute_after_queue or transfer_after_bridge")
        script(execute_after_queue=self.execute_after_queue, transfer_after_bridge=self.transfer_after_bridge)
        at_least(1, wait_time=self.wait_time)
        web(wait_url=self.wait_url, status_url=self.status_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectMachine(Verb):
    """Find out whether a person, a machine or a fax answered. `wait=False` goes on at once and needs `status_url`."""

    verb: ClassVar[str] = "detect_machine"
    detectors: str | None = None
    detect_message_end: bool | None = None
    timeout: float | None = None
    initial_timeout: float | None = None
    end_silence_timeout: float | None = None
    wait: bool | None = None
    status_url: str | None = None

    def __post_init__(self) -> None:
        at_least(0, timeout=self.timeout, initial_timeout=self.initial_timeout)
        web(status_url=self.status_url)
        if self.wait is False and self.status_url is None:
            raise ValueError("without waiting, the result needs a status_url")


@dataclass(frozen=True, slots=True)
class Hangup(Verb):
    """End the call."""

    verb: ClassVar[str] = "hangup"
    reason: Literal["hangup", "busy", "decline"] | None = None

    def __post_init__(self) -> None:
        one_of(("hangup", "busy", "decline"), reason=self.reason)
