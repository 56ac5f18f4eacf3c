"""A department's voicemail, and who is told of what callers leave: as the directory file says it."""

from typing import Any

import pytest

from calls.directory.errors import Mistakes
from calls.directory.message_settings import Mailbox, Notices
from calls.directory.model import Directory
from tests.support.directories import read

PEOPLE = {
    "dana": {"name": "Dana Reyes", "phone": "+12025550111", "email": "dana@acme.example"},
    "lee": {"name": "Lee Park", "sip": "sip:lee@pbx.acme.example"},
}


def acme(**settings: Any) -> Directory:
    sales = {"about": "orders", "reach": ["voicemail"], **settings}
    return read({"company": "Acme", "timezone": "UTC", "people": PEOPLE, "departments": {"sales": sales}})


def wrong(**settings: Any) -> dict[str, str]:
    with pytest.raises(Mistakes) as refused:
        acme(**settings)
    return {mistake.path.removeprefix("departments.sales."): mistake.wanted for mistake in refused.value.mistakes}


def test_a_department_without_these_settings_has_our_own_greeting_and_tells_nobody() -> None:
    sales = acme().departments["sales"]
    assert sales.voicemail == Mailbox("", 180)
    assert sales.notify == Notices((), ())


def test_people_are_told_by_text_and_by_e_mail_each_once() -> None:
    told = {"texts": "dana", "email": ["dana", "sales@acme.example", "dana"]}
    sales = acme(voicemail={"greeting": "This is {company}.", "max": 60, "transcribe": True}, notify=told).departments[
        "sales"
    ]
    assert sales.voicemail == Mailbox("This is {company}.", 60, transcribe=True)
    assert sales.notify == Notices(("dana",), ("dana", "sales@acme.example"))


@pytest.mark.parametrize(
    ("settings", "path", "wanted"),
    [
        ({"voicemail": "Hello."}, "voicemail", "settings of voicemail"),
        ({"voicemail": {"max": 5}}, "voicemail.max", "from 10 to 600"),
        ({"voicemail": {"transcribe": "yes"}}, "voicemail.transcribe", "true or false"),
        ({"voicemail": {"greeting": "{nobody}"}}, "voicemail.greeting", "no {nobody} here"),
        ({"voicemail": {"greting": "Hello."}}, "voicemail.greting", "did you mean 'greeting'"),
        ({"notify": {"texts": ["dan"]}}, "notify.texts[0]", "did you mean 'dana'"),
        ({"notify": {"texts": ["lee"]}}, "notify.texts[0]", "a person with phone:"),
        ({"notify": {"email": ["lee"]}}, "notify.email[0]", "a person with email:"),
        ({"notify": {"email": ["sales@acme.example", "a b"]}}, "notify.email[1]", "an e-mail address"),
        ({"notify": {"sms": ["dana"]}}, "notify.sms", "no such setting of notify"),
        ({"notify": ["dana"]}, "notify", "settings of notify"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(
    settings: dict[str, Any], path: str, wanted: str
) -> None:
    found = wrong(**settings)
    assert list(found) == [path]
    assert wanted in found[path]
