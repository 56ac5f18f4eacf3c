"""We are away at the moment a caller comes back to us: the platform alone looks after them."""

from typing import Any

from tests.support.phone import walk
from tests.unit.agents.test_chain import ask, department, moves, visit


def _sections(**changes: Any) -> dict[str, Any]:
    (move,) = moves(ask(visit(department(**changes)), "sales"))
    sections: dict[str, Any] = move["SWML"]["sections"]
    return sections


def test_we_are_asked_first_whether_we_are_there() -> None:
    *_, asked, there, away = _sections()["main"]
    assert asked["request"]["url"].endswith("/health")
    assert "/swml/" in there["cond"][0]["then"][0]["transfer"]["dest"]
    assert away == {"transfer": {"dest": "away"}}


def test_away_an_apology_then_whoever_the_line_falls_back_to() -> None:
    away = _sections()["away"]
    said = [value["url"] for name, value in walk(away) if name == "play"]
    rung = [value["to"] for name, value in walk(away) if name == "connect"]
    assert said == [
        "say:I am sorry, something has gone wrong on our side.",
        "say:Somebody will ring you back. Goodbye.",
    ]
    assert rung == []
    assert "hangup" in away[-1]


def test_who_comes_back_to_a_suspended_agent_needs_none_of_it() -> None:
    assert "away" not in _sections(returns=True)
