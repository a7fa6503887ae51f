"""What the run log tells: runs out of phases, and which phases took longer than they used to. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Any

# A phase slowed down if it took this much more than the median of its earlier runs, by share and in seconds, and there
# are enough of them: half a second more is noise, and so is twice of what was seen once.
SLOWER_BY_SHARE = 1.5
SLOWER_BY_SECONDS = 2.0
FEWEST_EARLIER = 3
MOST_EARLIER = 20
# Not compared are runs of which one made this many times the other's tables, or one made all of them and one did not.
AS_MUCH = 1.5


@dataclass(frozen=True)
class Run:
    """One run: its phases in order, as logged."""

    run_id: str
    command: str
    started_at: str
    phases: tuple[Mapping[str, Any], ...]

    @property
    def seconds(self) -> float:
        return float(sum(phase["seconds"] for phase in self.phases))

    @property
    def failed(self) -> Mapping[str, Any] | None:
        """The first phase that failed; one that the next phase of a load got over is still a failure."""
        return next((phase for phase in self.phases if phase["outcome"] == "failed"), None)

    def made_as_much(self, other: "Run") -> bool:
        """True if both made all tables, or about as many of them; a new day is no measure of a whole build."""
        (made, left), (others_made, others_left) = self._nodes, other._nodes
        if made is None or others_made is None:
            return made is others_made
        fewer, more = sorted((made, others_made))
        return (left == 0) == (others_left == 0) and more <= AS_MUCH * fewer

    @property
    def _nodes(self) -> tuple[int | None, int | None]:
        built = (phase for phase in self.phases if phase.get("nodes_made") is not None)
        return next(((phase["nodes_made"], phase["nodes_left"]) for phase in built), (None, None))

    @property
    def outcome(self) -> str:
        failed = self.failed
        if not failed:
            return "done"
        return f"failed in {failed['phase']}" + (f" ({failed['error']})" if failed.get("error") else "")


@dataclass(frozen=True)
class Slowdown:
    """A phase of the newest run against the median of the same phase in earlier ones."""

    phase: str
    seconds: float
    usual: float
    earlier: int
    rows: int | None
    usual_rows: float | None

    def __str__(self) -> str:
        text = f"{self.phase} took {self.seconds:.1f} s against {self.usual:.1f} s (median of {self.earlier} runs)"
        if self.rows and self.usual_rows:
            text += f", with {self.rows / self.usual_rows:.1f} times the rows"
        return text


def runs(log: Sequence[Mapping[str, Any]]) -> list[Run]:
    """The runs in the log, oldest first. Phases of one run stand together or not; its first one says when it began."""
    ordered = sorted(enumerate(log), key=lambda entry: (entry[1]["run_id"], entry[0]))
    grouped = groupby((phase for _, phase in ordered), key=lambda phase: phase["run_id"])
    found = []
    for run_id, phases in grouped:
        kept = tuple(phases)
        found.append(Run(run_id, kept[0]["command"], str(kept[0]["started_at"]), kept))
    return sorted(found, key=lambda run: run.started_at)


def slowdowns(known: Sequence[Run]) -> list[Slowdown]:
    """The newest run's phases that took longer than in runs of its command that made as much, slowest first."""
    if not known:
        return []
    newest = known[-1]
    earlier = [run for run in known[:-1] if run.command == newest.command and run.made_as_much(newest)]
    found = []
    for phase in newest.phases:
        before = [
            other
            for run in earlier
            for other in run.phases
            if other["phase"] == phase["phase"] and other["outcome"] == "done"
        ][-MOST_EARLIER:]
        if phase["outcome"] != "done" or len(before) < FEWEST_EARLIER:
            continue
        usual = median(float(other["seconds"]) for other in before)
        seconds = float(phase["seconds"])
        if seconds >= usual * SLOWER_BY_SHARE and seconds - usual >= SLOWER_BY_SECONDS:
            rows = [float(other["rows"]) for other in before if other.get("rows")]
            found.append(
                Slowdown(phase["phase"], seconds, usual, len(before), phase.get("rows"), median(rows) if rows else None)
            )
    return sorted(found, key=lambda slow: slow.usual - slow.seconds)
