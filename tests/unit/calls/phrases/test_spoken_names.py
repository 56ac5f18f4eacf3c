"""Departments in what is spoken: "to the warehouse team", never "to warehouse"."""

import pytest

from calls.directory.templates import render_speech, render_template
from calls.phrases.spoken_names import in_a_sentence


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("warehouse", "the warehouse team"),
        ("billing", "the billing team"),
        ("human resources", "the human resources team"),
        ("IT", "the IT team"),
        ("team", "the team"),
        ("billing desk", "the billing desk"),
        ("sales team", "the sales team"),
        ("front office", "the front office"),
        ("claims department", "the claims department"),
        ("reception", "the reception"),
        ("the workshop", "the workshop"),
        ("our engineers", "our engineers"),
        ("Dana Reyes", "Dana Reyes"),
        ("", ""),
    ],
)
def test_in_english(title: str, said: str) -> None:
    assert in_a_sentence(title) == said


@pytest.mark.parametrize(
    ("title", "said"),
    [("ventas", "el equipo de ventas"), ("equipo técnico", "el equipo técnico"), ("la oficina", "la oficina")],
)
def test_in_spanish(title: str, said: str) -> None:
    assert in_a_sentence(title, "es-MX") == said


def test_in_a_language_without_rules_it_stays() -> None:
    assert in_a_sentence("Vertrieb", "de-DE") == "Vertrieb"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("I'm putting you through to {department} now.", "I'm putting you through to the warehouse team now."),
        ("You have reached {department} of {company}.", "You have reached the warehouse team of Acme."),
        ("You are talking to the {department} of {company}.", "You are talking to the warehouse of Acme."),
        ("To our {department} team.", "To our warehouse team."),
        ("{company} {department}, one moment.", "Acme warehouse, one moment."),
    ],
)
def test_a_template_names_it_as_one_says_it_behind_a_preposition_only(template: str, said: str) -> None:
    values = {"company": "Acme", "department": "warehouse"}
    assert render_speech(template, values, "en-US") == said


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Le paso con {department}.", "Le paso con el equipo de ventas."),
        ("Le paso a {department}.", "Le paso al equipo de ventas."),
        ("El mensaje de {department}.", "El mensaje del equipo de ventas."),
        ("Nuestro {department}.", "Nuestro ventas."),
    ],
)
def test_a_spanish_template(template: str, said: str) -> None:
    assert render_speech(template, {"department": "ventas"}, "es-MX") == said


def test_a_value_is_put_in_once_and_texts_keep_the_bare_name() -> None:
    values = {"company": "{ref}", "department": "sales", "ref": "K7Q4"}
    assert render_speech("To {department} of {company}.", values, "en") == "To the sales team of {ref}."
    assert render_template("To {department}.", values) == "To sales."
