"""The only reader of the environment. Settings are read once, checked at once, and never change."""

import hmac
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from agents.documents.platform import Platform, QueueKey, QueueTimeout
from gateways.database.url import dialect_of
from handlers.dev_secrets import LOCAL, MADE_UP, made_up, unsafe

_SECRETS = (
    "SECRET_KEY",
    "SWML_BASIC_AUTH_PASSWORD",
    "DESK_PASSWORD",
    "API_KEY",
    "SIGNALWIRE_API_TOKEN",
    "SIGNALWIRE_SIGNING_KEY",
    "TWILIO_AUTH_TOKEN",
    "SUMMARY_LLM_KEY",
    "EVENTS_WEBHOOK_SECRET",
    "SMTP_URL",
    "EXCHANGE_LLM_KEY",
    "DATABASE_URL",
)
_DESK_PASSWORD = 12  # characters, at least
_PLATFORM = ("signalwire_space", "signalwire_project_id", "signalwire_api_token", "signalwire_api_url")
_STAND_IN = "development"  # the project of what stands in for the platform
# The SDK would take these for its own: two make it build URLs for a cloud function, one overrides our address.
_NOT_FOR_THE_SDK = ("K_SERVICE", "GOOGLE_CLOUD_PROJECT", "SWML_PROXY_URL_BASE")


class MissingSettings(Exception):
    """Settings that are missing or wrong. The message names all of them and says what to do."""


class Settings(BaseSettings):
    """Where everything is. `load` reads the environment; the constructor takes the same names and reads nothing.

    `environ` is what was read, for the credentials of foreign agents: only the directory file knows their names.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(frozen=True, extra="ignore")

    switchboard_directory: Path = Path("switchboard.yaml")
    database_url: str = Field(default="", repr=False)
    public_url: str = ""
    port: int = Field(default=8080, ge=1, le=65535)
    secret_key: str = Field(default="", repr=False)
    swml_basic_auth_user: str = "signalwire"
    swml_basic_auth_password: str = Field(default="", repr=False)
    api_key: str = Field(default="", repr=False)
    desk_password: str = Field(default="", repr=False)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    signalwire_space: str = ""
    signalwire_project_id: str = ""
    signalwire_api_token: str = Field(default="", repr=False)
    signalwire_signing_key: str = Field(default="", repr=False)
    signalwire_api_url: str = ""
    signalwire_queue_key: QueueKey = "execute_after_queue"
    signalwire_queue_timeout: QueueTimeout = "unknown"
    dials_per_second: float = Field(default=1.0, gt=0, le=1000)
    sms_provider: Literal["swml", "signalwire", "twilio"] = "swml"
    twilio_account_sid: str = ""
    twilio_auth_token: str = Field(default="", repr=False)
    twilio_from: str = ""
    twilio_api_url: str = ""
    call_transfer_to: str = ""
    events_webhook_url: str = ""
    events_webhook_secret: str = Field(default="", repr=False)
    smtp_url: str = Field(default="", repr=False)
    smtp_from: str = ""
    recordings_dir: Path = Path("recordings")
    summary_llm_url: str = ""
    summary_llm_key: str = Field(default="", repr=False)
    summary_llm_model: str = ""
    summary_llm_prompt_file: Path | None = None
    exchange_llm_url: str = ""
    exchange_llm_key: str = Field(default="", repr=False)
    exchange_llm_model: str = ""
    environ: Mapping[str, str] = Field(default_factory=dict, repr=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but what the constructor is given: `load` alone decides which environment counts."""
        return (init_settings,)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the environment. Raises MissingSettings."""
        found = dict(os.environ if environ is None else environ)
        unreadable = []
        for name in _SECRETS:
            try:
                if path := found.get(f"{name}_FILE", "").strip():
                    found[name] = Path(path).read_text(encoding="utf-8")
            except (OSError, ValueError) as fault:
                unreadable.append(f"{name}_FILE cannot be read: {fault}")
        given: dict[str, Any] = {name: found[name.upper()] for name in cls.model_fields if name.upper() in found}
        given["environ"] = found
        wrong = unreadable + cls._faults_of(given) + unsafe(given)
        if wrong:
            raise MissingSettings("\n".join(("These settings must be put right before calls can be served:", *wrong)))
        settings = cls(**given)._with_stand_in()
        if environ is None:
            _keep_from_the_sdk()
            find_agents_beside(settings.switchboard_directory)
        return settings

    @classmethod
    def _faults_of(cls, given: Mapping[str, Any]) -> list[str]:
        """Everything that is wrong: the fields that cannot be read, and then what the others lack."""
        try:
            cls(**given)
        except ValidationError as fault:
            errors = fault.errors(include_url=False, include_input=False)
            lines = [": ".join([*(str(one).upper() for one in error["loc"]), _words(error)]) for error in errors]
            unread = {error["loc"][0] for error in errors if error["loc"]}
            return lines + (cls._faults_of({n: v for n, v in given.items() if n not in unread}) if unread else [])
        return []

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: Any) -> Any:
        """Fill in what has a default that depends on something else; in development, the secrets too."""
        stripped = {n: value.strip() if isinstance(value, str) else value for n, value in dict(given).items()}
        settings = {name: value for name, value in stripped.items() if value not in ("", None)}
        directory = Path(settings.get("switchboard_directory", "switchboard.yaml"))
        port = settings.get("port", 8080)
        settings["public_url"] = str(settings.get("public_url") or f"http://localhost:{port}").rstrip("/")
        beside = directory.absolute().parent
        settings["recordings_dir"] = beside / settings.get("recordings_dir", "recordings")
        settings["database_url"] = dialect_of(str(settings.get("database_url") or f"sqlite:///{beside}/switchboard.db"))
        if _is_local(settings["public_url"]):
            missing = [name for name in MADE_UP if not settings.get(name.lower())]
            known = made_up(beside / ".switchboard" / "secrets.json") if missing else {}
            settings |= {name.lower(): known[name] for name in missing}
            made = hmac.new(str(settings["secret_key"]).encode(), b"desk", "sha256").hexdigest()[:16]
            settings.setdefault("desk_password", made)
        return settings

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wrong = self._wrong()
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def _wrong(self) -> list[str]:
        parts = urlsplit(self.public_url)
        wrong = [f"{name} is missing" for name in MADE_UP if not getattr(self, name.lower())]
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            wrong.append("PUBLIC_URL must be the https:// address the platform reaches us at, without credentials")
        needed = {
            "signalwire": ("SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN"),
            "twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
        }.get(self.sms_provider, ())
        wrong += [
            f"{name} is missing (SMS_PROVIDER={self.sms_provider})"
            for name in needed
            if not getattr(self, name.lower())
        ]
        if self.sms_provider == "signalwire" and not self.signalwire_api:
            wrong.append("SIGNALWIRE_SPACE is missing (SMS_PROVIDER=signalwire)")
        if not self.database_url.startswith(("sqlite://", "postgresql")):
            wrong.append("DATABASE_URL must be sqlite:///FILE or postgresql://user:password@host/name")
        if 0 < len(self.desk_password) < _DESK_PASSWORD:
            wrong.append(
                f"DESK_PASSWORD must have {_DESK_PASSWORD} characters or more: it opens a page on the internet"
            )
        return wrong + self._wrong_webhook() + self._wrong_mail() + self._wrong_summaries()

    def _wrong_webhook(self) -> list[str]:
        url = self.events_webhook_url
        if not url:
            return []
        wrong = []
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            wrong.append("EVENTS_WEBHOOK_URL must be an https:// address")
        if not self.events_webhook_secret and not self.is_local:
            wrong.append("EVENTS_WEBHOOK_SECRET is missing (EVENTS_WEBHOOK_URL)")
        return wrong

    def _wrong_mail(self) -> list[str]:
        if not self.smtp_url:
            return []
        parts = urlsplit(self.smtp_url)
        wrong = []
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            wrong.append("SMTP_URL must be smtp://user:password@host:port, or smtps:// where it is encrypted at once")
        if "@" not in self.smtp_from or set(self.smtp_from) & set("<> ,"):
            wrong.append("SMTP_FROM must be the address that e-mail is sent from, and nothing else (SMTP_URL)")
        return wrong

    def _wrong_summaries(self) -> list[str]:
        if not self.summary_llm_url:
            return []
        wrong, prompt = [], self.summary_llm_prompt_file
        if (
            urlsplit(self.summary_llm_url).scheme not in ("http", "https")
            or not urlsplit(self.summary_llm_url).hostname
        ):
            wrong.append("SUMMARY_LLM_URL must be the https:// address of a chat-completions endpoint")
        if not self.summary_llm_model:
            wrong.append("SUMMARY_LLM_MODEL is missing (SUMMARY_LLM_URL)")
        if prompt and not (prompt.is_file() and os.access(prompt, os.R_OK)):
            wrong.append(f"SUMMARY_LLM_PROMPT_FILE cannot be read: {prompt}")
        return wrong

    def _with_stand_in(self) -> Self:
        """In development, where no platform is named, its REST interface is that of the softphone's exchange."""
        if not self.is_local or any(getattr(self, name) for name in _PLATFORM):
            return self
        token = hmac.new(self.secret_key.encode(), b"stand-in", "sha256").hexdigest()
        port = self.port + 2 if self.port < 65534 else self.port - 2
        at = {"signalwire_api_url": f"http://127.0.0.1:{port}", "signalwire_project_id": _STAND_IN}
        return self.model_copy(update={**at, "signalwire_api_token": token})

    @property
    def stand_in_port(self) -> int | None:
        """Where the platform's REST interface is stood in for, on this machine; None where the real one is used."""
        return urlsplit(self.signalwire_api_url).port if self.signalwire_project_id == _STAND_IN else None

    @property
    def on_trial(self) -> bool:
        """True where no platform can send a call: in development, with the softphone's exchange in its place.

        Every call is a trial then. Never in production, whatever the project is called there.
        """
        return self.is_local and self.stand_in_port is not None

    @property
    def is_local(self) -> bool:
        """True in development: nobody outside this machine is meant to reach us."""
        return _is_local(self.public_url)

    @property
    def softphone_port(self) -> int:
        """Where the softphone listens in development: beside the app."""
        return self.port + 1 if self.port < 65535 else self.port - 1

    @property
    def signalwire_api(self) -> str:
        """The platform's REST address, or that of whatever stands in for it; empty when neither is known."""
        space = self.signalwire_space.removeprefix("https://").rstrip("/")
        host = space if "." in space or not space else f"{space}.signalwire.com"
        return self.signalwire_api_url.rstrip("/") or (f"https://{host}" if host else "")

    @property
    def platform(self) -> Platform:
        """How the platform behaves where its documentation leaves it open."""
        return Platform(self.signalwire_queue_key, self.signalwire_queue_timeout)

    @property
    def may_ring(self) -> bool:
        """Whether people can be rung by the platform's REST interface: a consult does, and needs its credentials."""
        return bool(self.signalwire_api and self.signalwire_project_id and self.signalwire_api_token)

    def credentialed_url(self, path: str) -> str:
        """Our public URL for `path`, with the platform's credentials in it."""
        return _with_user(self.public_url + path, self.swml_basic_auth_user, self.swml_basic_auth_password)

    def with_credentials(self, url: str, variable: str | None) -> str:
        """A foreign agent's URL with the credentials ("user:password") that the environment holds under `variable`."""
        user, _, password = self.environ.get(variable or "", "").strip().partition(":")
        return _with_user(url, user, password) if user else url


def _with_user(url: str, user: str, password: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"


def _is_local(url: str) -> bool:
    return (urlsplit(url).hostname or "") in LOCAL


def _words(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def find_agents_beside(directory: Path) -> None:
    """Let `class: module:Class` name a file beside the directory file: a command's own folder is somewhere else."""
    folder = str(directory.absolute().parent)
    if folder not in sys.path:
        sys.path.append(folder)


def _keep_from_the_sdk() -> None:
    for name in _NOT_FOR_THE_SDK:
        os.environ.pop(name, None)
    os.environ.setdefault("SIGNALWIRE_LOG_MODE", "off")
