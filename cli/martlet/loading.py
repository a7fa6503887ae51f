"""The first step: files that the user names, into the lake. It stands apart because nothing else is needed for it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from martlet import warehouse
from martlet.errors import MartletError
from martlet.journal import Journal
from martlet.loaders import airbyte, fivetran, ga4_export, reference_csv, search_console, shopify_bulk, shopify_csv
from martlet.loaders.landing import Lake, LoadReceipt
from martlet.project import Project, shown
from martlet.raw_contract import load_contract

Progress = Callable[[str], None]
LOADERS = {
    "shopify-csv": shopify_csv,
    "shopify-bulk": shopify_bulk,
    "fivetran": fivetran,
    "airbyte": airbyte,
    "ga4": ga4_export,
    "search-console": search_console,
    "reference": reference_csv,
}


def load(
    project: Project, loader: str, paths: Sequence[Path], progress: Progress
) -> Iterator[LoadReceipt | MartletError]:
    """Load files or folders with the loader of that name; yields what became of each file."""
    if project.is_generated:
        raise MartletError(
            f"{shown(project.home)} holds a generated mock store; load real files into another MARTLET_HOME"
        )
    module = LOADERS[loader]
    files = [file for path in paths for file in module.find_files(path)]
    lake = Lake(project.raw_dir, project.rejected_dir, project.receipts_dir, load_contract(project.models_dir))
    with warehouse.lock(project, f"load {loader}"):
        journal = Journal(project, f"load {loader}")
        for file in files:
            # a file that is refused whole does not keep the others out
            try:
                with journal.phase("load") as meter:
                    receipt = module.load_file(lake, file, progress)
                    meter.rows = 0 if receipt.was_loaded_before else receipt.rows_in
                yield receipt
            except MartletError as error:
                yield error
