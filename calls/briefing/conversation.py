"""What caller and agent said to each other, as far as it may be repeated.

A secret does not keep to one turn: the agent asks for the date of birth and the caller answers, or a card number is
read out in four pieces with an "okay" after each. So it is looked for across turns, and taken out in each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from calls.phrases.redaction import Channel, Secret, mark, secrets_in

Turn = tuple[str, str]
"""Who (caller or agent) and what they said."""

_WHO = {"user": "caller", "assistant": "agent"}
_OKAYS = 30  # characters; what an agent says between the pieces of one number is no longer and no question


def turns_of(log: Iterable[Mapping[str, object]], channel: Channel) -> tuple[Turn, ...]:
    """The turns of a conversation log as the platform posts it, redacted. What is not speech is left out."""
    said = [(_WHO[str(one.get("role"))], one.get("content")) for one in log if str(one.get("role")) in _WHO]
    return redacted_turns([(who, " ".join(words.split())) for who, words in said if isinstance(words, str)], channel)


def redacted_turns(turns: Sequence[Turn], channel: Channel) -> tuple[Turn, ...]:
    """The turns with every secret replaced by its name, also one that is spread over several of them."""
    everybody = range(len(turns))
    pieced = [n for n, (who, words) in enumerate(turns) if who == "caller" or len(words) > _OKAYS or "?" in words]
    secrets: list[list[Secret]] = [[] for _ in turns]
    for chosen in (everybody, pieced):
        for n, secret in _across(turns, chosen):
            secrets[n].append(secret)
    return tuple((who, _without(words, secrets[n], channel)) for n, (who, words) in enumerate(turns))


def _across(turns: Sequence[Turn], chosen: Iterable[int]) -> Iterator[tuple[int, Secret]]:
    """The secrets of these turns read as one text, each cut into its parts turn by turn."""
    places, joined = [], ""
    for n in chosen:
        places.append((n, len(joined)))
        joined += turns[n][1] + "\n"
    for secret in secrets_in(joined):
        for n, offset in places:
            start, end = max(secret.start - offset, 0), min(secret.end - offset, len(turns[n][1]))
            if start < end:
                yield n, Secret(secret.kind, start, end)


def _without(words: str, secrets: Iterable[Secret], channel: Channel) -> str:
    pieces, at = [], 0
    for secret in sorted(secrets, key=lambda one: (one.start, -one.end)):
        if secret.end <= at:
            continue
        if secret.start >= at:
            pieces += [words[at : secret.start], mark(secret.kind, channel)]
        at = secret.end
    return "".join([*pieces, words[at:]])
