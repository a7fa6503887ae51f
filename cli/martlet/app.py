"""The `martlet` command: nothing but wiring."""

import atexit
import errno
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from martlet import __version__
from martlet.commands.audience import audience
from martlet.commands.backup import backup
from martlet.commands.build import build
from martlet.commands.check import check
from martlet.commands.clv import clv
from martlet.commands.dbt import dbt
from martlet.commands.decide import decide, decisions
from martlet.commands.doctor import doctor
from martlet.commands.experiment import experiment
from martlet.commands.export import export
from martlet.commands.forecast import forecast
from martlet.commands.load import load
from martlet.commands.mock import mock
from martlet.commands.prune import prune
from martlet.commands.query import query
from martlet.commands.rejected import rejected
from martlet.commands.replenish import replenish
from martlet.commands.report import report
from martlet.commands.restore import restore
from martlet.commands.results import results
from martlet.commands.rollback import rollback
from martlet.commands.run import run
from martlet.commands.score import score
from martlet.commands.simulate import simulate
from martlet.commands.spark import spark
from martlet.commands.status import status
from martlet.commands.vendors import vendors
from martlet.errors import MartletError

# what the disk or the file system refuses, and no change of code would mend
REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE)

# dbt and Great Expectations make some million objects while they start, and nearly all of them stay: at Python's own
# thresholds a good part of that time goes into looking for garbage among them (docs/scale.md)
RARELY = (100_000, 50, 50)


class OneLineErrors(click.Group):
    """A group whose commands end in one clear line and an exit code, never in a traceback, for what users can mend."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with one_line_errors(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with one_line_errors(ctx):
            return super().invoke(ctx)


@contextmanager
def one_line_errors(ctx: click.Context) -> Iterator[None]:
    """End the command where the block raises what its user can mend."""
    try:
        yield
    except MartletError as error:
        click.echo(f"martlet: {error}", err=True)
        ctx.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError:  # a group by itself shows its help
        raise
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else ctx.command_path
        click.echo(f"martlet: {error.format_message()} (see `{command} --help`)", err=True)
        ctx.exit(error.exit_code)
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"martlet: {where}{error.strerror}", err=True)
        ctx.exit(2)


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def main() -> None:
    """Martlet, a merchant's analytics warehouse: GA4 and Shopify in, ranked actions out.

    \b
    Demo store:   martlet run
    Your store:   martlet load shopify-csv exports_from_admin/
                  martlet load ga4 events_*.parquet
                  martlet run
    """
    gc.set_threshold(*RARELY)
    # and at the end all of it goes with the process: it need not be looked through once more
    atexit.register(gc.freeze)


for command in (
    load,
    run,
    status,
    doctor,
    query,
    export,
    report,
    build,
    check,
    forecast,
    clv,
    replenish,
    simulate,
    experiment,
    score,
    decide,
    decisions,
    results,
    audience,
    rollback,
    backup,
    restore,
    prune,
    rejected,
    vendors,
    dbt,
    spark,
    mock,
):
    main.add_command(command)
