"""What the platform's sources disagree about: one test a switch, and the named sets of switches."""

from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from exchange import Call, Person
from exchange.core.assumptions import PLATFORMS, platform
from exchange.scenarios.scenario import BrokenScenario, read_scenarios
from handlers.cli.main import main
from handlers.cli.rehearsal.stage import Stage
from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build
from tests.exchange.test_assumptions import CALLER, DANA, HANGUP
from tests.exchange.test_rest import rest

AFTER, OLD, NEW, EITHER = "/after", "transfer_after_bridge", "execute_after_queue", "either"


def playing(exchange: Build, **switches: Any) -> Any:
    """An exchange of the newer platform with these switches turned."""
    options = {name: switches.pop(name) for name in ("people", "thinker") if name in switches}
    return exchange(assumptions=platform("2026-11", switches), **options)


def keyed(app: App, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, app.at(AFTER))


# What follows a queue


def waits(app: App, exchange: Build, *names: str, **switches: Any) -> Call:
    """A caller waits with these keys, and a person takes them for five seconds."""
    app.routes[AFTER] = swml(say("Afterwards."), HANGUP)
    app.routes["/swml"] = swml({"enter_queue": {"queue_name": "sales", **keyed(app, *names)}}, say("Next."), HANGUP)
    played = playing(exchange, people={DANA: Person(talks_for=5)}, **switches)
    call = played.dial().run(until=lambda c: bool(c.find("queue")))
    key = played.assumptions.after_queue_names[0]
    takes = swml({"connect": {"to": "queue:sales", **keyed(app, key)}}, HANGUP)
    rest(played, {"command": "dial", "params": {"from": CALLER, "to": DANA, "swml": takes}})
    played.run_all()
    return call  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("key", "names", "heard", "violations"),
    [
        (OLD, [OLD], ["Afterwards."], []),
        (NEW, [NEW], ["Afterwards."], []),
        (NEW, [NEW, OLD], ["Afterwards."], []),
        (NEW, [OLD], [], ["enter_queue ignores transfer_after_bridge"]),
        (OLD, [OLD, NEW], ["Afterwards."], []),
        (EITHER, [OLD], ["Afterwards."], []),
        (EITHER, [NEW], ["Afterwards."], []),
        (NEW, [], [], []),
    ],
)
def test_after_queue_key_on_enter_queue(
    exchange: Build, app: App, key: str, names: list[str], heard: list[str], violations: list[str]
) -> None:
    call = waits(app, exchange, *names, after_queue_key=key, after_queue_key_required=False)
    assert (call.heard, call.violations) == (heard, violations)
    assert (len(call.bridged), call.ending) == (1, "hangup by script")


@pytest.mark.parametrize(("key", "names"), [(NEW, [NEW, OLD]), (NEW, [OLD]), (OLD, [OLD, NEW]), (OLD, [NEW])])
def test_after_queue_key_that_enter_queue_refuses(exchange: Build, app: App, key: str, names: list[str]) -> None:
    """The step alone, where it does not ignore what it does not know."""
    app.routes["/swml"] = swml({"enter_queue": {"queue_name": "sales", **keyed(app, *names)}}, say("Next."), HANGUP)
    (other,) = {OLD, NEW} - {key}
    call = playing(exchange, after_queue_key=key, enter_queue_ignores_keys=False).dial().run()
    undefined = f"document: method_parameter_undefined sections.main[0].enter_queue.{other}"
    assert (call.violations, call.find("queue"), call.heard) == ([undefined], [], [])
    both = playing(exchange, after_queue_key=EITHER, enter_queue_ignores_keys=False).dial()
    assert both.run(until=lambda c: bool(c.find("queue"))).violations == []


def test_after_queue_key_required(exchange: Build, app: App) -> None:
    app.routes["/swml"] = swml({"enter_queue": {"queue_name": "sales"}}, HANGUP)
    for key, wanted in ((OLD, OLD), (NEW, NEW), (EITHER, "not valid")):
        call = playing(exchange, after_queue_key=key, after_queue_key_required=True).dial().run()
        assert wanted in call.violations[0]
        assert call.find("queue") == []


def takes(app: App, exchange: Build, *names: str, **switches: Any) -> Call:
    """A person connects to a queue with these keys, and the caller in it hangs up after five seconds."""
    app.routes[AFTER] = swml(say("Afterwards."), HANGUP)
    played = playing(exchange, people={DANA: Person(talks_for=60)}, **switches)
    queue = {"queue_name": "sales", **keyed(app, played.assumptions.after_queue_names[0])}
    app.routes["/swml"] = swml({"enter_queue": queue}, HANGUP)
    played.dial(caller=Person(talks_for=5)).run(until=lambda c: bool(c.find("queue")))
    document = swml({"connect": {"to": "queue:sales", **keyed(app, *names)}}, say("Next."), HANGUP)
    rest(played, {"command": "dial", "params": {"from": CALLER, "to": DANA, "swml": document}})
    played.run_all()
    return played.calls[-1]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("key", "names", "bridged"),
    [(OLD, [OLD], True), (NEW, [NEW], True), (EITHER, [OLD], True), (EITHER, [NEW], True), (OLD, [NEW], False)],
)
@pytest.mark.parametrize("closed", [True, False])
def test_after_queue_key_on_connect(
    exchange: Build, app: App, key: str, names: list[str], bridged: bool, closed: bool
) -> None:
    call = takes(app, exchange, *names, after_queue_key=key, closed_connect=closed)
    assert bool(call.bridged) is bridged
    assert call.heard == (["Afterwards."] if bridged else [])
    assert bool(call.violations) is not bridged


def test_a_person_without_the_key_is_hung_up_after_the_queue(exchange: Build, app: App) -> None:
    call = takes(app, exchange, after_queue_key=NEW, after_queue_key_required=False)
    assert (len(call.bridged), call.heard, call.violations) == (1, [], [])
    call = takes(app, exchange, after_queue_key=NEW, after_queue_key_required=True)
    assert (call.bridged, call.violations) == ([], ["connect to a queue without execute_after_queue"])


@pytest.mark.parametrize(
    ("after_wait", "heard"),
    [("next_verb", ["Next."]), ("transfer_after_bridge", ["Afterwards."]), ("hang_up", [])],
)
def test_queue_timeout_continues(exchange: Build, app: App, after_wait: str, heard: list[str]) -> None:
    app.routes[AFTER] = swml(say("Afterwards."), HANGUP)
    queue = {"queue_name": "sales", "wait_time": 30, **keyed(app, NEW)}
    app.routes["/swml"] = swml({"enter_queue": queue}, say("Next."), HANGUP)
    call = playing(exchange, after_queue_key=NEW, queue_timeout_continues=after_wait).dial().run()
    assert (call.heard, call.ending, call.violations) == (heard, "hangup by script", [])
    assert "sales leave 1" in [entry.text for entry in call.find("queue")]


# A closed list of keys


@pytest.mark.parametrize(
    "connect",
    [
        {"to": DANA, "colour": "red"},
        {"to": DANA, OLD: "after"},
        {"serial": [{"to": DANA, "ringback": []}]},
        {"serial_parallel": [[{"to": DANA, "result": []}]]},
    ],
)
def test_closed_connect(exchange: Build, app: App, connect: dict[str, Any]) -> None:
    """The whole document, even where the step is never reached; or the step alone."""
    app.routes["/swml"] = swml(say("Hello."), HANGUP, later=[{"connect": connect}])
    call = playing(exchange, closed_connect=True, after_queue_key=NEW).dial().run()
    assert (call.heard, call.ending) == ([], "error by platform")
    assert "method_parameter_undefined sections.later[0].connect" in call.violations[0]
    assert playing(exchange, closed_connect=False, after_queue_key=NEW).dial().run().heard == ["Hello."]


def test_every_key_of_the_closed_list_is_taken(exchange: Build, app: App) -> None:
    more = {"from_name": "A", "fsvars": {}, "stop_all_on_reject": True, "status_url_method": "POST", NEW: "after"}
    step = {"connect": {"serial": [{"to": DANA, "from_name": "B", "codec": "PCMU"}], **more}}
    app.routes["/swml"] = swml(step, HANGUP, after=[say("Afterwards."), HANGUP])
    call = playing(exchange, closed_connect=True, after_queue_key=NEW).dial().run()
    assert (call.violations, call.bridged, call.heard) == ([], [DANA], ["Afterwards."])


# Jumps


def round_and_round(app: App, rounds: int, *each: dict[str, Any]) -> None:
    """A document that jumps so many times, doing these steps before each."""
    steps = [{"set": {"n": "${n + 1}"}}, *each, {"cond": [{"when": f"n < {rounds}", "then": [{"transfer": AGAIN}]}]}]
    app.routes["/swml"] = swml({"set": {"n": 0}}, {"transfer": AGAIN}, again=[*steps, say("Through."), HANGUP])


AGAIN = {"dest": "again"}
PRESS = {"prompt": {"play": "say:Press 1.", "max_digits": 1}}
SPEAK = {"prompt": {"play": "say:Speak.", "speech_timeout": 5.0}}


def test_jumps(exchange: Build, app: App) -> None:
    round_and_round(app, 6)
    assert playing(exchange, jumps=6, jumps_without_interaction=0).dial().run().heard == ["Through."]
    call = playing(exchange, jumps=5, jumps_without_interaction=0).dial().run()
    assert (call.heard, call.violations) == ([], ["too many transfers: over 5"])


def test_jumps_without_interaction(exchange: Build, app: App) -> None:
    round_and_round(app, 9)
    assert playing(exchange, jumps_without_interaction=0).dial().run().heard == ["Through."]
    call = playing(exchange, jumps_without_interaction=8).dial().run()
    assert (call.heard, call.violations) == ([], ["too many transfers: over 8 without interaction"])
    round_and_round(app, 8)
    assert playing(exchange, jumps_without_interaction=8).dial().run().heard == ["Through."]


def test_a_goto_counts_as_a_transfer_does(exchange: Build, app: App) -> None:
    app.routes["/swml"] = swml({"label": "x"}, {"goto": {"label": "x", "max": 9}}, say("Through."), HANGUP)
    assert playing(exchange, jumps_without_interaction=9).dial().run().heard == ["Through."]
    assert playing(exchange, jumps_without_interaction=8).dial().run().heard == []


@pytest.mark.parametrize(
    ("each", "counts", "through"),
    [
        (PRESS, "speech or key", True),
        (SPEAK, "speech or key", True),
        (PRESS, "key", True),
        (SPEAK, "key", False),
        (PRESS, "speech", False),
        (SPEAK, "speech", True),
        (say("Still here."), "speech or key", False),
    ],
)
def test_interaction(exchange: Build, app: App, each: dict[str, Any], counts: str, through: bool) -> None:
    round_and_round(app, 20, each)
    caller = Person(presses=("1",) * 20, says=("Hello?",) * 20)
    call = playing(exchange, jumps_without_interaction=8, interaction=counts).dial(caller=caller).run()
    assert ("Through." in call.heard) is through
    assert bool(call.violations) is not through


def test_too_many_jumps_disconnect(exchange: Build, app: App) -> None:
    round_and_round(app, 9)
    switches = {"jumps_without_interaction": 8, "script_end_hangs_up": False}
    assert playing(exchange, too_many_jumps_disconnect=True, **switches).dial().run().ending == "error by platform"
    call = playing(exchange, too_many_jumps_disconnect=False, **switches).dial().wait(60)
    assert (call.over, call.errors) == (False, ["relay_script_too_many_transfers: over 8 without interaction"])


# Named sets


def test_a_platform_is_its_switches_with_some_turned() -> None:
    assert platform("2026-08").after_queue_key == OLD
    assert platform("2026-11").after_queue_key == NEW
    assert platform("2026-11", {"jumps": 3}).jumps == 3
    with pytest.raises(ValueError, match="no such platform: 2027-01; there are 2026-08, 2026-11"):
        platform("2027-01")


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_scenario_names_its_platform(name: str) -> None:
    (scenario,) = read_scenarios([{"name": "One", "platform": name, "caller": ["Hello."]}])
    assert scenario.platform == name


def test_a_scenario_with_a_platform_that_there_is_not() -> None:
    with pytest.raises(BrokenScenario, match="no such platform: 2027-01; there are 2026-08, 2026-11"):
        read_scenarios([{"name": "One", "platform": "2027-01"}])


@pytest.mark.switchboard(platform="2026-08", assumptions={"jumps": 7})
def test_the_fixtures_play_the_platform_of_the_marker(rehearsal: Stage) -> None:
    assert rehearsal.exchange.assumptions == platform("2026-08", {"jumps": 7})


@pytest.mark.switchboard(platform="2026-11")
def test_the_fixtures_play_the_other_platform_as_well(rehearsal: Stage) -> None:
    assert rehearsal.exchange.assumptions == platform("2026-11")


@pytest.mark.parametrize("command", ["rehearse", "call"])
def test_a_bad_name_on_the_command_line_lists_the_good_ones(command: str, tmp_path: Any) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump([{"name": "One"}]))
    told = CliRunner().invoke(main, [command, *([str(file)] if command == "rehearse" else []), "--platform", "2027-01"])
    assert told.exit_code == 2
    assert "'2026-08', '2026-11'" in told.output
