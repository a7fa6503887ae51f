"""martlet vendors: whom each SKU is bought from, listed and edited."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from martlet.vendors.editing import Edit

FORMAT = click.option(
    "--format", "format_", type=click.Choice(["table", "csv", "json"]), help="table on a terminal, else csv."
)
BY = click.option("--by", metavar="USER", help="Who edits; the environment's USER if it is not said.")


@click.group()
def vendors() -> None:
    """Whom each SKU is bought from and on what terms: list, assign, remove, history.

    Edits are kept with who made them and when, and take effect with the next build. For many SKUs at once:
    `martlet load reference vendor_skus.csv`.

    \b
    Examples: martlet vendors list --unmapped
              martlet vendors assign IRVS-ENG-0001 "Ironvale Speed" --lead-time 10 --cost 305.55
              martlet vendors history
    """


@vendors.command("list")
@click.option("--vendor", help="This vendor's SKUs.")
@click.option("--unmapped", is_flag=True, help="SKUs without any vendor, most sold first.")
@FORMAT
def list_(vendor: str | None, unmapped: bool, format_: str | None) -> None:
    """List vendors with their numbers of SKUs, one vendor's SKUs, or the SKUs without any vendor.

    What was edited since the last build is marked as pending.

    \b
    Example: martlet vendors list
             martlet vendors list --vendor "Ironvale Speed"
             martlet vendors list --unmapped --format csv
    """
    from martlet.commands.tables import choose_format, print_rows  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415
    from martlet.vendors import lists  # noqa: PLC0415

    if vendor is not None and unmapped:
        raise click.UsageError("--vendor or --unmapped, not both: unmapped SKUs have no vendor")
    project = open_project()
    if unmapped:
        print_rows(*lists.list_unmapped(project), format_)
    elif vendor is not None:
        names, rows = lists.list_skus(project, vendor)
        if choose_format(format_) == "table":
            names, rows = lists.with_terms_in_one_column(names, rows)
        print_rows(names, rows, format_)
    else:
        print_rows(*lists.list_vendors(project), format_)
        click.echo(f"{lists.count_unmapped(project):,} SKUs have no vendor (--unmapped lists them)", err=True)


@vendors.command()
@click.argument("sku")
@click.argument("vendor")
@click.option("--lead-time", metavar="DAYS", help="Days from order to shelf, 0 to 365.")
@click.option("--vendor-sku", metavar="NUMBER", help="The vendor's own number.")
@click.option("--cost", metavar="AMOUNT", help="Cost of one unit, in the shop's currency.")
@click.option("--moq", metavar="UNITS", help="Smallest quantity that the vendor takes.")
@click.option("--pack", metavar="UNITS", help="Units per pack.")
@click.option("--secondary", is_flag=True, help="Not the vendor to order from; without it, the only one that is.")
@click.option("--new-sku", is_flag=True, help="The SKU is right, though no build knows it yet.")
@click.option("--new-vendor", is_flag=True, help="The vendor is right, though nobody knows it yet.")
@BY
def assign(
    sku: str,
    vendor: str,
    lead_time: str | None,
    vendor_sku: str | None,
    cost: str | None,
    moq: str | None,
    pack: str | None,
    secondary: bool,
    new_sku: bool,
    new_vendor: bool,
    by: str | None,
) -> None:
    """Say that VENDOR sells SKU, and on what terms; terms not given stay as they are.

    It becomes the one vendor to order from, unless --secondary. Shows what changed, field by field.

    \b
    Example: martlet vendors assign IRVS-ENG-0001 "Cobalt Ridge Racing" --lead-time 18 --pack 6
             martlet build
    """
    from martlet.project import open_project  # noqa: PLC0415
    from martlet.vendors import checks, editing  # noqa: PLC0415

    project = open_project()
    sku, vendor = checks.read_name("sku", sku), checks.read_name("vendor", vendor)
    terms = checks.read_terms(vendor_sku, cost, lead_time, moq, pack)
    user = checks.read_user(by or project.user)
    _print_edit(
        editing.assign(project, sku, vendor, terms, user, not secondary, new_sku, new_vendor), f"{sku}, {vendor}"
    )


@vendors.command()
@click.argument("sku")
@click.argument("vendor")
@BY
def remove(sku: str, vendor: str, by: str | None) -> None:
    """Say that VENDOR does not sell SKU any more.

    Example: martlet vendors remove IRVS-ENG-0001 "Cobalt Ridge Racing"
    """
    from martlet.project import open_project  # noqa: PLC0415
    from martlet.vendors import checks, editing  # noqa: PLC0415

    project = open_project()
    sku, vendor = checks.read_name("sku", sku), checks.read_name("vendor", vendor)
    user = checks.read_user(by or project.user)
    _print_edit(editing.remove(project, sku, vendor, user), f"{sku}, {vendor}")


@vendors.command()
@click.argument("sku", required=False)
@FORMAT
def history(sku: str | None, format_: str | None) -> None:
    """Show every edit, or those of one SKU, newest first: who changed what and when, and whether it is built.

    Example: martlet vendors history IRVS-ENG-0001
    """
    from martlet.commands.tables import choose_format, print_rows  # noqa: PLC0415
    from martlet.project import open_project  # noqa: PLC0415
    from martlet.vendors import lists  # noqa: PLC0415

    names, rows = lists.list_history(open_project(), sku)
    if choose_format(format_) == "table":
        names, rows = lists.with_terms_in_one_column(names, rows)
    print_rows(names, rows, format_)


def _print_edit(edit: "Edit", what: str) -> None:
    from martlet.commands.tables import print_rows  # noqa: PLC0415

    if not edit.changed:
        click.echo(f"{what}: nothing to change", err=True)
        return
    print_rows(["field", "before", "after"], edit.changed, None)
    for warning in edit.warnings:
        click.echo(f"note: {warning}", err=True)
    store = " of the demo store" if edit.store == "mock" else ""
    click.echo(f"{what}: written; `martlet build` brings it into the marts{store}", err=True)
