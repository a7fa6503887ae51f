"""martlet audience: whom a campaign of the shortlist is for, as a file to upload."""

from pathlib import Path

import click


@click.command()
@click.argument("campaign")
@click.option("--for", "service", type=click.Choice(["klaviyo", "mailchimp"]), default="klaviyo", show_default=True)
@click.option("--with-pii", is_flag=True, help="Join e-mail addresses and names, into a file only you can read.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to; exports/audiences/ if not said."
)
def audience(campaign: str, service: str, with_pii: bool, out: Path | None) -> None:
    """Write a proposed campaign's audience for Klaviyo or Mailchimp: people who consent to e-mail, and no others.

    People are keyed hashes unless --with-pii joins their addresses. The file is readable by its owner alone (mode 600).

    \b
    Example: martlet audience reengagement_campaign
             martlet audience reengagement_campaign --for mailchimp --with-pii
    """
    from martlet.audiences import write_audience  # noqa: PLC0415
    from martlet.project import open_project, shown  # noqa: PLC0415

    written = write_audience(open_project(), campaign, service, with_pii, out)
    click.echo(f"{shown(written.path)}\t{written.people:,} people")
    if written.without_address:
        click.echo(f"{written.without_address:,} people left out: no load holds their address", err=True)
    if with_pii:
        click.echo("It holds people's addresses: upload it, then delete it.", err=True)
