"""Does the shortlist find what was planted, nothing else, and are its intervals honest? Ten mock stores of each kind.

    python benchmarks/planted_truth.py [--seeds 10] [--orders 10000] [--events 500000] [--write]

Kinds: `default` (the demo store's effects), `varied` (sizes drawn from the seed) and `nothing`. A planted effect counts
as large enough to detect if the truth alone, without any row of the list, says so: see `_detectable`. A row is a false
discovery if the truth has no effect there, or one the other way. Coverage is the probability that the row's 80%
interval holds planted effect x response, the response drawn from the play's own assumption: the effect is known, the
response is what nobody has measured.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from scipy import special, stats

MARTLET = Path(sys.executable).parent / "martlet"
TARGET = Path(__file__).parents[1] / "docs" / "planted_truth.md"
KINDS = ("default", "varied", "nothing")
PLAYS = ("cross_sell", "landing_page_test", "funnel_fix", "search_opportunity", "price_gap")
HORIZON_DAYS = 90
#: Standard deviations that a planted shortfall must stand out by to be called detectable.
DETECTABLE_Z = 3.5
#: A row whose true ratio to its comparables is not below this is a false discovery: nothing worth a word is there.
NO_EFFECT = 0.99


@dataclass
class Tally:
    """Over stores: planted effects that are detectable, those found or set aside for a reason, rows, false ones."""

    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    coverage: dict[str, list[float]] = field(default_factory=dict)

    def count_false(self, play: str, subjects: list[str]) -> None:
        """Count false discoveries, and name them on stderr for whoever wants to know why."""
        self.false[play] += len(subjects)
        for subject in subjects:
            print(f"false: {play}: {subject}", file=sys.stderr)


@dataclass(frozen=True)
class Store:
    """A built and scored mock store: its truth, and what was published."""

    truth: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    set_aside: set[tuple[str, str]]
    plays: pd.DataFrame
    orders_90d: dict[str, int]
    usual_clicks: dict[str, float]
    search_days: int


def make(folder: Path, kind: str, seed: int, orders: int, events: int) -> Store:
    """Write, build and score one store."""
    environment = {**os.environ, "MARTLET_HOME": str(folder)}

    def martlet(*arguments: str) -> None:
        subprocess.run([str(MARTLET), *arguments], check=True, capture_output=True, env=environment)

    size = ("--orders", str(orders), "--events", str(events))
    martlet("mock", "--to", str(folder / "data" / "raw"), *size, "--seed", str(seed), "--plant", kind)
    martlet("build")
    martlet("score")
    truth = json.loads((folder / "data" / "raw" / "mock_truth.json").read_text())
    with duckdb.connect(str(folder / "warehouse" / "martlet.duckdb"), read_only=True) as connection:
        tables = {play: connection.execute(f"select * from shortlists.{play} order by rank").df() for play in PLAYS}
        aside = connection.execute("select play, subject from shortlists.set_aside").fetchall()
        plays = connection.execute("select * from marts.plays").df().set_index("play")
        recent = connection.execute(
            "select sku, count(distinct order_id) from marts.order_lines"
            " cross join (select max(as_of_date) as day from ops.build)"
            f" where order_date > day - {HORIZON_DAYS} and order_date <= day and sku is not null group by sku"
        ).fetchall()
        clicks = connection.execute(
            "select query, sum(impressions * 0.28 * power(position, -1.15)) from marts.search_queries group by query"
        ).fetchall()
        ((search_days,),) = connection.execute(
            "select max(last_date) - min(first_date) + 1 from marts.search_queries"
        ).fetchall()
    return Store(truth, tables, set(aside), plays, dict(recent), dict(clicks), search_days)


def judge_pairs(store: Store, tally: Tally) -> None:
    """Pairs: detectable with the orders that the play asks for and five times as many meetings as chance gives."""
    orders = store.truth["totals"]["orders"]
    needed = max(float(store.plays.at["cross_sell", "minimum_support"]), 0.001 * orders)
    planted = {}
    for pair in store.truth["affinity_pairs"]:
        if pair["attach_probability"] > 0:
            planted[frozenset((pair["sku"], pair["attached_sku"]))] = pair
    rows = store.tables["cross_sell"]
    listed = {frozenset((row["sku"], row["recommended_sku"])): row for row in rows.to_dict("records")}
    aside = {frozenset(subject.split(" + ")[:2]) for play, subject in store.set_aside if play == "cross_sell"}
    for pair, facts in planted.items():
        together = facts["attach_probability"] * facts["orders_with_sku"]
        chance = facts["orders_with_sku"] * facts["orders_with_attached_sku"] / orders
        if together >= 1.3 * needed and together >= 5 * chance:
            tally.planted["cross_sell"] += 1
            tally.found["cross_sell"] += pair in listed or pair in aside
        if pair in listed:
            row = listed[pair]
            forward = row["sku"] == facts["sku"]
            # B is on all orders with A and `attach`, and on others by chance; the other way round by Bayes
            gap = facts["attach_probability"] if forward else together / facts["orders_with_attached_sku"]
            worth = gap * row["eligible_90d"] * row["margin_per_attach"]
            tally.coverage.setdefault("cross_sell", []).append(_log_normal_coverage(store, "cross_sell", row, worth))
    tally.rows["cross_sell"] += len(rows)
    tally.count_false("cross_sell", [" + ".join(sorted(pair)) for pair in listed if pair not in planted])


def judge_pages(store: Store, tally: Tally) -> None:
    """Pages: the truth is each page's own factor, over that of the mean other page."""
    pages = store.truth["landing_pages"]
    sound = [page for page in pages if not page["weak"]]
    usual = sum(page["effect"] * page["sessions"] for page in sound) / sum(page["sessions"] for page in sound)
    ratio = {page["path"]: page["effect"] / usual for page in pages}
    rows = {row["landing_page"]: row for row in store.tables["landing_page_test"].to_dict("records")}
    aside = {subject for play, subject in store.set_aside if play == "landing_page_test"}
    for page in pages:
        expected = page["sessions"] * page["conversion"] / ratio[page["path"]]
        if page["weak"] and _detectable(expected, ratio[page["path"]]):
            tally.planted["landing_page_test"] += 1
            tally.found["landing_page_test"] += page["path"] in rows or page["path"] in aside
        row = rows.get(page["path"])
        if row is not None and page["weak"]:
            lost = expected * (1 - ratio[page["path"]]) * HORIZON_DAYS / row["window_days"]
            worth = lost * row["margin_per_order"]
            tally.coverage.setdefault("landing_page_test", []).append(
                _gamma_coverage(store, "landing_page_test", row, worth)
            )
    tally.rows["landing_page_test"] += len(rows)
    tally.count_false("landing_page_test", [path for path in rows if ratio[path] >= NO_EFFECT])


def judge_segments(store: Store, tally: Tally) -> None:
    """Channels and devices: true rate at the step over that of comparable sessions."""
    faults = {(fault["dimension"], fault["value"]): fault for fault in store.truth["funnel_faults"]}
    steps = {"view_item": "sessions", "begin_checkout": "carts"}
    rows = store.tables["funnel_fix"].to_dict("records")
    listed = {}
    for row in rows:
        named = [(name, row[name]) for name in ("device_category", "channel_group", "browser") if row[name] != "any"]
        true = [
            faults[key]
            for key in named
            if key in faults and faults[key]["step"] == row["step"] and _ratio(faults[key]) < NO_EFFECT
        ]
        tally.rows["funnel_fix"] += 1
        tally.count_false("funnel_fix", [] if true else [row["subject"]])
        if true and len(named) == 1:
            listed[named[0]] = row
            fault = true[0]
            lost = row["sessions_at_step"] * (fault["comparable_rate"] - fault["rate"])
            orders = lost * row["purchase_rate_past_step"] * HORIZON_DAYS / row["window_days"]
            worth = orders * row["margin_per_order"]
            tally.coverage.setdefault("funnel_fix", []).append(_gamma_coverage(store, "funnel_fix", row, worth))
    sessions = store.truth["ga4"]["sessions"]
    shares = {"sessions": 1.0, "carts": 0.19}
    for key, fault in faults.items():
        traffic = _traffic_share(key) * shares[steps[fault["step"]]] * sessions
        expected = traffic * fault["comparable_rate"]
        # a shortfall below a tenth is within what channels differ by anyway
        if _ratio(fault) < 0.9 and _detectable(expected, _ratio(fault)):
            tally.planted["funnel_fix"] += 1
            tally.found["funnel_fix"] += key in listed


def judge_searches(store: Store, tally: Tally) -> None:
    """Queries: planted ones get a share of the clicks usual at their position."""
    share = store.truth["opportunity_clicks"]
    planted = {item["query"] for item in store.truth["search_opportunities"]}
    rows = {row["query"]: row for row in store.tables["search_opportunity"].to_dict("records")}
    aside = {subject.split(" + ")[0] for play, subject in store.set_aside if play == "search_opportunity"}
    for query in planted:
        usual = store.usual_clicks.get(query, 0.0)
        if _detectable(usual, share) and share <= 0.7:
            tally.planted["search_opportunity"] += 1
            tally.found["search_opportunity"] += query in rows or query in aside
        if query in rows:
            row = rows[query]
            each = row["page_conversion"] * row["margin_per_order"]
            worth = usual * (1 - share) * each * HORIZON_DAYS / store.search_days
            tally.coverage.setdefault("search_opportunity", []).append(
                _gamma_coverage(store, "search_opportunity", row, worth)
            )
    tally.rows["search_opportunity"] += len(rows)
    tally.count_false("search_opportunity", sorted(rows.keys() - planted))


def judge_prices(store: Store, tally: Tally) -> None:
    """Prices are seen, not estimated: planted ones with orders enough are to be found, all others are false."""
    planted = {item["sku"] for item in store.truth["undercut_prices"]}
    rows = set(store.tables["price_gap"]["sku"])
    aside = {subject.split(" + ")[0] for play, subject in store.set_aside if play == "price_gap"}
    needed = int(store.plays.at["price_gap", "minimum_support"])
    for sku in planted:
        if store.orders_90d.get(sku, 0) >= needed:
            tally.planted["price_gap"] += 1
            tally.found["price_gap"] += sku in rows or sku in aside
    tally.rows["price_gap"] += len(rows)
    tally.count_false("price_gap", sorted(rows - planted))


def _detectable(expected: float, ratio: float) -> bool:
    """True if a shortfall to `ratio` of `expected` events stands out of the noise of the expectation."""
    return expected > 0 and expected * (1 - ratio) / np.sqrt(expected) >= DETECTABLE_Z


def _ratio(fault: dict[str, Any]) -> float:
    return float(fault["rate"] / fault["comparable_rate"])


def _traffic_share(key: tuple[str, str]) -> float:
    from martlet.mockstore.parameters import CHANNELS, DEVICES  # noqa: PLC0415

    return next(effect.share for effect in (*CHANNELS, *DEVICES) if effect.name == key[1])


def _gamma_coverage(store: Store, play: str, row: dict[str, Any], worth: float) -> float:
    """P(low <= worth x response <= high) for the play's gamma response."""
    mean, sd = (float(store.plays.at[play, name]) for name in ("response_mean", "response_sd"))
    shape = (mean / sd) ** 2
    low, high = special.gammainc(shape, np.array([row["impact_low_80"], row["impact_high_80"]]) / worth * shape / mean)
    return float(high - low)


def _log_normal_coverage(store: Store, play: str, row: dict[str, Any], worth: float) -> float:
    """P(low <= worth x response x eligible to come / eligible <= high), response log-normal, orders to come Poisson."""
    mean, sd = (float(store.plays.at[play, name]) for name in ("response_mean", "response_sd"))
    spread = np.sqrt(np.log1p((sd / mean) ** 2))
    centre = np.log(mean) - spread**2 / 2
    eligible = int(row["eligible_90d"])
    to_come = np.arange(1, 4 * eligible + 30)
    weight = stats.poisson.pmf(to_come, eligible)
    scale = np.log(worth * to_come / eligible)
    low, high = (
        special.ndtr((np.log(row[name]) - scale - centre) / spread) for name in ("impact_low_80", "impact_high_80")
    )
    return float(((high - low) * weight).sum() / weight.sum())


def measure(kinds: tuple[str, ...], seeds: int, orders: int, events: int) -> dict[str, Tally]:
    """A tally for each kind of store."""
    tallies = {kind: Tally() for kind in kinds}
    for kind in kinds:
        for seed in range(1, seeds + 1):
            with tempfile.TemporaryDirectory() as folder:
                store = make(Path(folder), kind, seed, orders, events)
            for judge in (judge_pairs, judge_pages, judge_segments, judge_searches, judge_prices):
                judge(store, tallies[kind])
            print(f"{kind} {seed}: {dict(tallies[kind].found)} of {dict(tallies[kind].planted)}", file=sys.stderr)
    return tallies


def page(found: str, seeds: int, orders: int, events: int) -> str:
    """docs/planted_truth.md: the table, and what its words mean."""
    return f"""# Does the shortlist find what is there?

Written by `python benchmarks/planted_truth.py --write` (part of `make bench`): {seeds} mock stores of each kind, each
of {orders:,} orders and {events:,} GA4 events, built and scored as their users would. `default` has the effects of the
demo store, `varied` sizes drawn from the seed, `nothing` none (`martlet mock --to DIR --plant varied --seed 3`).

{found}

- A planted effect is **detectable** if the truth alone says so, without a row of the list: a shortfall of
  {DETECTABLE_Z} standard deviations (in the funnel also of a tenth or more), a pair with 1.3 times the orders that
  the play asks for and five times as many as chance gives, a price with the orders it asks for. It is found if it
  is listed, or set aside with a reason (a product at its reorder point or below).
- A row is **false** if the truth has nothing there, or the opposite.
- **80% intervals** cover planted effect x response, the response drawn from the play's assumption: what was planted is
  known, what a merchant's customers answer is not. Prices are seen, so there is nothing to cover.
- Campaigns, orders, slow stock and upsells have no planted effects and are not in the table.
"""


def table(tallies: dict[str, Tally]) -> str:
    """The result in Markdown."""
    lines = [
        "| stores | play | planted, detectable | found | recall | rows | false | false share | 80% intervals cover |"
    ]
    lines.append("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for kind, tally in tallies.items():
        for play in (*PLAYS, "all"):
            planted, found, rows, false = (
                sum(counts.values()) if play == "all" else counts[play]
                for counts in (tally.planted, tally.found, tally.rows, tally.false)
            )
            covered = [value for name, values in tally.coverage.items() if play in (name, "all") for value in values]
            cells = [kind, play, planted, found, _share(found, planted), rows, false, _share(false, rows)]
            covers = f"{np.mean(covered):.0%} of {len(covered)}" if covered else "-"
            lines.append("| " + " | ".join(str(cell) for cell in [*cells, covers]) + " |")
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--write", action="store_true", help="write docs/planted_truth.md too")
    chosen = parser.parse_args()
    found = table(measure(tuple(chosen.kinds), chosen.seeds, chosen.orders, chosen.events))
    print(found)
    if chosen.write:
        TARGET.write_text(page(found, chosen.seeds, chosen.orders, chosen.events), encoding="utf-8")


if __name__ == "__main__":
    main()
