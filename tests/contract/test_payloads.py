"""The platform's own examples: as they are, with anything missing, with anything added, and with anything misspelt."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swml import requests, status
from swml.requests import Malformed
from tests.contract.kinds import KINDS, OURS, PAYLOADS, payload

Path_ = tuple[str | int, ...]
PARSERS = sorted({parse for parse, _ in KINDS.values()}, key=repr)
OPTIONAL_ONLY = [parse for parse in PARSERS if parse is not status.parse_refusal]


def paths(value: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Every place in a JSON value, outermost first."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*at, name)
        yield from paths(member, (*at, name))


def within(value: Any, at: Path_) -> Any:
    for name in at:
        value = value[name]
    return value


def changed(value: Any, at: Path_, *to: Any) -> Any:
    """A copy with the place set to `to`, or gone when there is no `to`."""
    value = copy.deepcopy(value)
    place = within(value, at[:-1])
    if to:
        place[at[-1]] = to[0]
    else:
        del place[at[-1]]
    return value


def dotted(at: Path_) -> str:
    return ".".join(str(name) for name in at)


def refusal(parse: Callable[[object], object], body: object) -> str | None:
    """Why the body is malformed; None when it is read. Anything else that is raised fails the test."""
    try:
        parse(body)
    except Malformed as fault:
        return str(fault)
    return None


def test_every_example_is_read_or_is_ours_to_send() -> None:
    assert {file.name.removesuffix(".json") for file in PAYLOADS.glob("*.json")} == {*KINDS, *OURS}


@pytest.mark.parametrize("name", KINDS)
def test_an_example_without_any_one_of_its_fields(name: str) -> None:
    parse, required = KINDS[name]
    body = payload(name)
    parse(body)
    for at in paths(body):
        if dotted(at) in required:
            with pytest.raises(Malformed, match=at[-1] if isinstance(at[-1], str) else None):
                parse(changed(body, at))
        else:
            parse(changed(body, at))


@pytest.mark.parametrize("wrong", [None, [1], 5, -1e308, True, "text", "", {}, {"a": [None]}, [[]], "\0", "9" * 40])
@pytest.mark.parametrize("name", KINDS)
def test_an_example_with_any_one_of_its_fields_made_something_else(name: str, wrong: object) -> None:
    parse, required = KINDS[name]
    body = payload(name)
    for at in paths(body):
        reason = refusal(parse, changed(body, at, wrong))
        assert reason is None or dotted(at) in required, f"{dotted(at)} = {wrong!r}: {reason}"


@pytest.mark.parametrize("name", KINDS)
def test_an_example_with_fields_nobody_has_heard_of_is_the_same(name: str) -> None:
    parse, _ = KINDS[name]
    body = payload(name)
    known = _plain(parse(body))
    for at in [(), *paths(body)]:
        if isinstance(within(body, at), dict):
            assert _plain(parse(changed(body, (*at, "x_new"), "text"))).keys() == known.keys()


def _plain(value: Any) -> dict[str, Any]:
    members = value if isinstance(value, tuple) else (value,)
    return {f"{number}.{key}": one for number, member in enumerate(members) for key, one in member.model_dump().items()}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(sorted({str(name) for kind in KINDS for at in paths(payload(kind)) for name in at}))
BODIES = st.dictionaries(NAMES, ANYTHING | st.dictionaries(NAMES, ANYTHING, max_size=4), max_size=6)


@given(body=ANYTHING | BODIES)
def test_whatever_is_posted_is_a_value_or_malformed(body: object) -> None:
    for parse in PARSERS:
        assert refusal(parse, body) != ""


@pytest.mark.parametrize("parse", OPTIONAL_ONLY, ids=lambda parse: parse.__qualname__)
@pytest.mark.parametrize("body", [[1], [], None, "text", 5, True])
def test_what_is_no_object_is_malformed(parse: Callable[[object], object], body: object) -> None:
    with pytest.raises(Malformed, match="not a JSON object"):
        parse(body)


@pytest.mark.parametrize(
    ("parse", "body", "reason"),
    [
        (requests.parse_fetch, {"call": None}, "call: must be an object"),
        (requests.parse_fetch, {"call": {"call_id": ""}}, "call.call_id: must be text"),
        (requests.parse_fetch, {"vars": {}}, "call: missing"),
        (requests.parse_tool, {"function": 5, "call_id": "c"}, "function: must be text"),
        (requests.parse_tool, {"function": "connect"}, "call_id: missing"),
        (status.parse_call_state, {"params": [1]}, "params: must be an object"),
        (status.parse_inbound_message, {"message": {"to": "+1"}}, "from: missing"),
    ],
)
def test_the_reason_names_the_field_and_not_what_was_in_it(
    parse: Callable[[object], object], body: object, reason: str
) -> None:
    with pytest.raises(Malformed) as fault:
        parse(body)
    assert str(fault.value) == reason


def test_nesting_without_end() -> None:
    deep: Any = "bottom"
    for _ in range(50_000):
        deep = {"a": [deep]}
    raw = "[" * 100_000
    for name in ("call", "vars", "argument", "global_data", "params", "post_prompt_data", "summary", "message"):
        for parse in OPTIONAL_ONLY:
            body = {"function": "f", "call_id": "c", "call": {"call_id": "c"}, name: deep}
            assert refusal(parse, body) != ""
    assert requests.parse_tool({"function": "f", "call_id": "c", "argument": {"raw": raw}}).arguments == {}
