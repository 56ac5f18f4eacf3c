"""A summary of a conversation, from any chat-completions endpoint, made while a phone rings."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import httpx

from calls.briefing.conversation import turns_of
from calls.phrases.redaction import shortened
from gateways.errors import Unavailable

WITHIN = 3.0
"""Seconds a summary may take: nobody waits for one, and a person who picks up is told what there is."""

_LONGEST = 1000  # characters of a summary, as of one that the agent wrote itself
_PATH = "/chat/completions"


@dataclass
class Summarizer:
    """The model at `url`, the endpoint's base (".../v1") or its whole address. `prompt` tells it what to write.

    What it is sent is redacted first: a model elsewhere needs no card number to say what a call is about.
    """

    url: str
    key: str
    model: str
    prompt: str

    @cached_property
    def _client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return httpx.Client(headers=headers)

    def summarise(self, conversation: Iterable[Mapping[str, object]], within: float = WITHIN) -> str:
        """What was said, in a few sentences. `conversation` is the log that the platform posts with a tool call.

        Raises Unavailable when there is nothing to summarise, or no usable answer within so many seconds.
        """
        said = "\n".join(f"{who}: {words}" for who, words in turns_of(conversation, "text"))
        if not said:
            raise Unavailable("nothing was said yet")
        return _in_time(lambda: self._ask(said, within), within)

    def _ask(self, said: str, within: float) -> str:
        messages = [{"role": "system", "content": self.prompt}, {"role": "user", "content": said}]
        url = self.url.rstrip("/")
        try:
            response = self._client.post(
                url if url.endswith(_PATH) else url + _PATH,
                json={"model": self.model, "messages": messages},
                timeout=within,
            )
            response.raise_for_status()
            text = response.json()["choices"][0]["message"]["content"]
        except httpx.HTTPStatusError as fault:
            raise Unavailable(f"the model's endpoint answered HTTP {fault.response.status_code}") from None
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise Unavailable(f"the model's endpoint: {type(fault).__name__}") from None
        except (ValueError, LookupError, TypeError):
            raise Unavailable("the model's endpoint gave no completion") from None
        summary = " ".join(text.split()) if isinstance(text, str) else ""
        if not summary:
            raise Unavailable("the model had nothing to say")
        return shortened(summary, _LONGEST)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


def _in_time(ask: Callable[[], str], within: float) -> str:
    """The answer, or Unavailable after `within` seconds, however slowly an endpoint sends its bytes.

    A client's own timeout counts anew with each byte; the thread that still waits for one ends with its connection.
    """
    answers: list[str] = []
    faults: list[Exception] = []

    def run() -> None:
        try:
            answers.append(ask())
        except Exception as fault:  # noqa: BLE001, raised again below, where it is waited for
            faults.append(fault)

    thread = threading.Thread(target=run, name="summary", daemon=True)
    thread.start()
    thread.join(within)
    if faults:
        raise faults[0]
    if not answers:
        raise Unavailable(f"the model took longer than {within:g} s")
    return answers[0]
