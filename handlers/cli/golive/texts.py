"""Where a number's text messages go: pointed here with `switchboard point --texts`, and back with `--undo`."""

import click

from gateways.signalwire.calls import Refused
from gateways.signalwire.numbers import OwnedNumber, Platform
from handlers.cli.golive.pointing import former_of, masked
from handlers.settings import Settings


def point_texts(platform: Platform, number: OwnedNumber, settings: Settings, *, yes: bool) -> None:
    """Let text messages to this number come here. Says where they went, and asks."""
    if number.capabilities and "sms" not in number.capabilities:
        raise click.ClickException(f"{number.number} takes no text messages ({', '.join(number.capabilities)} only).")
    url = settings.credentialed_url("/messages")
    now = platform.text_documents().get(number.texts_resource, "")
    if now == url:
        click.echo(f"Text messages to {number.number} come here already.")
        return
    click.echo(f"  texts now   {_where(number, now)}")
    click.echo(f"  texts then  SWML {masked(url)}")
    if not yes:
        click.confirm("Let them come here?", abort=True)
    former_of(settings).keep(number)
    after = platform.point_texts(number, url)
    if platform.text_documents().get(after.texts_resource) != url:
        raise click.ClickException("SignalWire took it and still says otherwise. Look at the number in the dashboard.")
    click.secho("Done: its text messages come here.", fg="green")


def undo_texts(platform: Platform, number: OwnedNumber, before: OwnedNumber) -> None:
    """Bring back where text messages went, if that was changed as well."""
    if (number.texts_resource, number.texts) == (before.texts_resource, before.texts):
        return
    try:
        platform.restore_texts(before)
    except Refused as refused:
        click.echo(f"Its text messages stay where they are: {refused.error}.", err=True)
    else:
        click.echo("Its text messages go where they went before, too.")


def _where(number: OwnedNumber, document: str) -> str:
    if document:
        return f"SWML {masked(document)}"
    handler = number.texts.get("message_handler", "")
    told = [masked(value) for name, value in number.texts.items() if name.endswith("request_url")]
    resource = f"a resource of the platform's ({number.texts_resource})" if number.texts_resource else "nowhere"
    return " ".join((handler, *told)).strip() or resource
