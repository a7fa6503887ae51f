"""The steps in order. `run` is this list: build, check, forecast, value customers, plan orders, score, publish,
export.

Loading is a step of its own, on files that the user names (loading.py). Each step reads what the one before it left;
nothing flows back. A step that fails leaves the published file as it was.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from martlet import forecast_record, standing, transform, warehouse, workshop
from martlet.contract_memory import Memory
from martlet.contracts import check_layer, in_files, on_days
from martlet.drafts import Stage
from martlet.errors import DataError, MartletError
from martlet.exporting import ExportedFile, describe_modes, export_tables
from martlet.journal import Journal
from martlet.predictions import Forecasts, describe_values, write_customer_values, write_forecasts
from martlet.project import Project, shown
from martlet.publishing import changed_marts, fill_stage, published_changes, write_run_log
from martlet.purchase_orders import write_purchase_orders
from martlet.replenishment import Request, write_replenishment, write_simulation
from martlet.report.write import write_report
from martlet.shortlists import write_shortlists
from martlet.value_report import read_setting, write_value_report

if TYPE_CHECKING:
    from concurrent.futures import Future

    from martlet.contract_outcomes import Outcome
    from martlet.inventory.comparison import Comparison
    from martlet.spark.comparing import MartComparison

Progress = Callable[[str], None]
CONTRACT_REPORT = "contracts.html"


@dataclass(frozen=True)
class RunResult:
    """What a whole run left: the files, the contracts' outcomes and how long each phase took."""

    files: list[ExportedFile]
    outcomes: list["Outcome"]
    journal: Journal


def build(project: Project, progress: Progress, *, full_refresh: bool = False) -> list["Outcome"]:
    """Build and check the marts in the workshop and publish them; predictions wait for their own commands.

    What would come out as it stands is left as it is, unless `full_refresh`.
    """
    with warehouse.lock(project, "build"), _published_copied(project, full_refresh) as copied:
        if full_refresh:
            workshop.remove_workshop(project)
        journal = Journal(project, "build")
        outcomes = _build_and_check(project, journal, progress)
        changed = changed_marts(project)
        with warehouse.stage(project, from_published=bool(changed), copied=copied) as staged:
            with journal.phase("copy marts", staged):
                fill_stage(staged, project, outcomes, changed)
            write_run_log(staged, project)
        return outcomes


def check(project: Project, progress: Progress) -> list["Outcome"]:
    """Run every contract against what stands: raw and marts in the workshop, predictions in the published file."""
    if not project.build_file.exists():
        raise MartletError("there is nothing to check yet: run `martlet run` or `martlet build`")
    with warehouse.lock(project, "check"):
        with Journal(project, "check").phase("check"):
            outcomes = [*check_layer(project, "raw", project.build_file, progress)]
            outcomes += check_layer(project, "marts", project.build_file, progress)
            version = warehouse.current_version(project)
            if version:
                outcomes += check_layer(project, "predictions", version, progress, is_partial=True)
            if any(outcome.is_failure and outcome.layer == "marts" for outcome in outcomes):
                standing.forget(project)
            _report(project, outcomes)
        return outcomes


def forecast(project: Project, progress: Progress) -> list[str]:
    """Forecast from the published marts and publish the forecasts beside them; returns what to tell the user."""
    with warehouse.lock(project, "forecast"):
        journal = Journal(project, "forecast")
        with _beside_published(project, journal, "forecast", progress) as staged:
            forecasts = write_forecasts(project, staged, progress)
        _keep(project, forecasts)
        return forecasts.told


def value_customers(project: Project, progress: Progress, *, is_reported: bool = False) -> list[str]:
    """Value customers from the published marts and publish the values beside them; returns what to tell the user.

    If `is_reported`, the models' record on held-out days is written to the exports folder too.
    """
    with warehouse.lock(project, "clv"):
        journal = Journal(project, "clv")
        with _beside_published(project, journal, "clv", progress) as staged:
            result = write_customer_values(staged, progress)
            setting = read_setting(staged)
        told = describe_values(result)
        if is_reported:
            with journal.phase("report"):
                told += [shown(path) for path in write_value_report(result, setting, project.exports_dir)]
        return told


def replenish(project: Project, request: Request, progress: Progress) -> tuple[list[str], list[ExportedFile]]:
    """Plan orders from the published marts, publish the plan and write purchase orders.

    Returns what to tell the user, and the files.
    """
    with warehouse.lock(project, "replenish"):
        journal = Journal(project, "replenish")
        with _beside_published(project, journal, "replenish", progress) as staged:
            told = write_replenishment(staged, project, request, progress)
        return told, write_purchase_orders(project, request.vendor)


def simulate(project: Project, days: int, seed: int, folder: Path, progress: Progress) -> "Comparison":
    """Replay held-out demand through the plan's policy and others; publish and export what came of it."""
    with warehouse.lock(project, "simulate"):
        journal = Journal(project, "simulate")
        with _beside_published(project, journal, "simulate", progress) as staged:
            result = write_simulation(staged, project, days, seed, progress)
        export_tables(project, ("policy_simulation",), "csv", folder)
        return result


def score(project: Project, progress: Progress) -> list[str]:
    """Rank actions from the published marts and publish the shortlists beside them; returns what to tell the user."""
    with warehouse.lock(project, "score"):
        journal = Journal(project, "score")
        with _beside_published(project, journal, "score", progress) as staged:
            return write_shortlists(staged, project, progress)


def run(project: Project, progress: Progress, *, full_refresh: bool = False) -> RunResult:
    """The main job, from raw data to CSV files; with `full_refresh` no table is left as it stands."""
    with warehouse.lock(project, "run"), _published_copied(project, full_refresh) as copied:
        if full_refresh:
            workshop.remove_workshop(project)
        journal = Journal(project, "run")
        outcomes = _build_and_check(project, journal, progress)

        def verify(draft: Path) -> None:
            found = _check_predictions(project, journal, draft, progress)
            outcomes.extend(found)
            _report(project, outcomes)
            _raise_on_failure(found)

        changed = changed_marts(project)
        with warehouse.stage(project, from_published=bool(changed), verify=verify, copied=copied) as staged:
            with journal.phase("copy marts", staged):
                fill_stage(staged, project, outcomes, changed)
            with journal.phase("forecast", staged):
                forecasts = write_forecasts(project, staged, progress)
            with journal.phase("clv", staged):
                write_customer_values(staged, progress)
            with journal.phase("replenish", staged):
                write_replenishment(staged, project, Request(), progress)
            with journal.phase("score", staged):
                write_shortlists(staged, project, progress)
            write_run_log(staged, project)
        _keep(project, forecasts)
        with journal.phase("export") as meter:
            progress("writing exports")
            files = export_tables(project, (), "csv", project.exports_dir)
            files += write_purchase_orders(project)
            write_report(project)
            meter.rows = sum(file.rows for file in files)
        return RunResult(files, outcomes, journal)


def dbt(project: Project, arguments: Sequence[str]) -> None:
    """Run a dbt command in the workshop with this store's source modes; dbt speaks for itself."""
    with warehouse.lock(project, "dbt"):
        workshop.prepare_workshop(project)
        # who runs tests himself has everything tested
        workshop.remember_published(project, None)
        transform.run_dbt(project, arguments, lambda message: None, quiet=False)


def build_on_spark(project: Project, progress: Progress) -> tuple[int, Path]:
    """Build the marts on Spark too, beside the workshop; returns how many nodes ran, and where the marts lie."""
    from martlet.spark import building  # noqa: PLC0415  (an extra)

    with warehouse.lock(project, "spark build"):
        return building.build_on_spark(project, progress)


def compare_engines(project: Project, spark_marts: Path | None = None) -> list["MartComparison"]:
    """Compare the published marts with those that Spark built, in `spark_marts` or where it leaves them.

    Where it left predictions too, they are compared with the published ones.
    """
    from martlet.spark import building, comparing, session  # noqa: PLC0415  (an extra)

    if spark_marts:
        return list(comparing.compare_marts(project, spark_marts))
    folder, predictions = building.marts_folder(project), session.predictions_folder(project)
    return list(comparing.compare_marts(project, folder, predictions))


def predict_on_spark(project: Project, progress: Progress) -> list[str]:
    """Forecast demand and value customers on Spark, beside the marts it built; returns what to tell the user."""
    from martlet.spark import predicting  # noqa: PLC0415  (an extra)

    with warehouse.lock(project, "spark predict"):
        return predicting.predict_on_spark(project, progress)


def _published_copied(project: Project, full_refresh: bool) -> AbstractContextManager["Future[Path] | None"]:
    """What is published is copied meanwhile, where the next version seems to start from it."""
    is_likely = not full_refresh and published_changes(project)
    return warehouse.copied_ahead(project) if is_likely else nullcontext()


def _build_and_check(project: Project, journal: Journal, progress: Progress) -> list["Outcome"]:
    """Raw contracts, then models and their tests, then the marts' contracts, all in the workshop."""
    with journal.phase("prepare"):
        workshop.prepare_workshop(project)
        workshop.remember_published(project, published_changes(project))
        stood = standing.read(project)
        parsed = transform.parse(project, progress)
        _load_seeds(project, parsed, progress)
    with journal.phase("check raw"):
        memory = Memory(project, _fingerprints(project, parsed))
        unjudged = in_files(workshop.EVENTS, workshop.unjudged_events(project))
        outcomes = check_layer(project, "raw", project.build_file, progress, where=unjudged, memory=memory)
        _report(project, outcomes)
        _raise_on_failure(outcomes)
    with journal.phase("build") as meter:
        stands, made = _make_models(project, parsed, stood, progress)
        meter.rows, meter.nodes_made = workshop.count_rows(project), len(made)
        meter.nodes_left = len(standing.made_by_builds(parsed.graph)) - len(made)
    with journal.phase("check marts"):
        memory.fingerprints, changed = stands, on_days(changed_marts(project))
        outcomes += check_layer(project, "marts", project.build_file, progress, where=changed, memory=memory)
        if any(outcome.is_failure for outcome in outcomes):
            standing.forget(project)
        elif made or memory.is_new:
            # at once, for what is written at all is written with all that the workshop knows of its tables
            with workshop.open_workshop(project) as connection:
                standing.write(connection, parsed.graph, stands, made)
                memory.save(connection)
                workshop.remember_judged(connection, project)
        _report(project, outcomes)
        _raise_on_failure(outcomes)
    return outcomes


def _make_models(
    project: Project, parsed: transform.Parsed, stood: standing.Fingerprints, progress: Progress
) -> tuple[standing.Fingerprints, set[str]]:
    """Make and test what would come out otherwise than it stood; returns what stands now, and what of it was made."""
    graph = parsed.graph
    now = _fingerprints(project, parsed)
    stale = standing.stale(graph, stood, now)
    if not stale:
        return now, stale
    # the tests to run are named, and no others: the rest of what they look at stands
    how = ["--indirect-selection", "empty", "--exclude-resource-type", "seed", "unit_test"]
    transform.run_dbt(
        project, ["build", *how, *_selection(graph, stale)], progress, parsed=parsed, sources_registered=True
    )
    # the as-of day is known now
    return _fingerprints(project, parsed), stale


def _selection(graph: standing.Graph, stale: set[str]) -> list[str]:
    """Which nodes dbt shall make, told by the shorter list: it looks for each name among all of its nodes."""
    left = set(standing.made_by_builds(graph)) - stale
    option, nodes = ("--exclude", left) if len(left) < len(stale) else ("--select", stale)
    return [option, *sorted(graph[node].name for node in nodes)] if nodes else []


def _fingerprints(project: Project, parsed: transform.Parsed) -> standing.Fingerprints:
    return standing.fingerprints(project, parsed.graph, transform.build_digest(project))


@contextmanager
def _beside_published(project: Project, journal: Journal, phase: str, progress: Progress) -> Iterator[Stage]:
    """A draft for one command to write its tables into beside what is published, checked before readers see it."""

    def verify(draft: Path) -> None:
        _raise_on_failure(_check_predictions(project, journal, draft, progress, is_partial=True))

    with warehouse.stage(project, from_published=True, verify=verify) as staged, journal.phase(phase, staged):
        yield staged


def _check_predictions(
    project: Project, journal: Journal, draft: Path, progress: Progress, *, is_partial: bool = False
) -> list["Outcome"]:
    """The predictions' contracts against a draft of the published file; one command's draft is partial."""
    with journal.phase("check predictions"):
        return check_layer(project, "predictions", draft, progress, is_partial=is_partial)


def _keep(project: Project, forecasts: Forecasts) -> None:
    """Keep what was published, now that it is."""
    for target, forecast in forecasts.published.items():
        forecast_record.keep(project, target, forecast)


def _load_seeds(project: Project, parsed: transform.Parsed, progress: Progress) -> None:
    """Read the seeds only if they changed (dbt reads them slowly), and put views over what was loaded."""
    seeds = workshop.SeedState(project)
    if seeds.is_current():
        transform.run_dbt(project, ["run-operation", "--no-write-json", "register_sources"], progress, parsed=parsed)
    else:
        transform.run_dbt(project, ["seed"], progress, parsed=parsed)
        seeds.remember()


def _raise_on_failure(outcomes: Iterable["Outcome"]) -> None:
    failures = [outcome for outcome in outcomes if outcome.is_failure]
    if failures:
        lines = "\n".join(f"  {outcome.one_line}" for outcome in failures)
        noun = "contract" if len(failures) == 1 else "contracts"
        raise DataError(f"{len(failures)} {noun} failed; what was published before stays\n{lines}")


def _report(project: Project, outcomes: Sequence["Outcome"]) -> None:
    from martlet.contract_report import write_report  # noqa: PLC0415

    as_of = workshop.as_of_date(project)
    write_report(
        outcomes, describe_modes(project), str(as_of or "not built yet"), project.exports_dir / CONTRACT_REPORT
    )
