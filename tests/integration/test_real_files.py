"""A real retailer's ledger as Shopify exports, and real GA4 events, in live mode without an edit."""

from martlet.project import open_project
from martlet.reporting import read_findings
from stores import Store


def test_loaded_totals_are_the_ledgers(retail_store: Store, retail_totals: tuple[object, dict[str, str]]) -> None:
    printed = retail_totals[1]
    orders, lines, gross, returns, net, shipping, first, last = retail_store.rows(
        "select count(*), sum(lines), sum(gross_sales), sum(returns), sum(net_sales), sum(shipping),"
        " min(ordered_at), max(ordered_at) from marts.orders"
    )[0]
    assert (str(orders), str(lines)) == (printed["orders"], printed["order_lines"])
    assert (str(gross), str(returns), str(net)) == (
        printed["gross_sales"],
        printed["returns"],
        printed["net_sales"],
    )
    assert str(shipping) == printed["shipping"]
    assert (str(first), str(last)) == (printed["first_order"], printed["last_order"])


def test_customers_and_guests_are_the_ledgers(
    retail_store: Store, retail_totals: tuple[object, dict[str, str]]
) -> None:
    printed = retail_totals[1]
    assert str(retail_store.value("select count(*) from marts.customers")) == printed["customers"]
    guests = retail_store.value("select count(*) from marts.orders where customer_key is null")
    assert str(guests) == printed["guest_orders"]
    assert str(retail_store.value("select count(*) from marts.products")) == printed["skus"]


def test_without_an_inventory_file_reorder_points_are_computed_and_stock_is_unknown(retail_store: Store) -> None:
    skus, positive, unknown = retail_store.rows(
        "select count(*), count(*) filter (where reorder_point > 0),"
        " count(*) filter (where position_status = 'unknown' and position is null and needs_reorder is null)"
        " from marts.reorder_points"
    )[0]
    assert skus == unknown == 3802
    assert int(str(positive)) > 3000


def test_no_event_is_lost_and_dirt_is_counted(retail_store: Store) -> None:
    events, engaged_as_int, id_as_int, purchases, repeats, without_id = retail_store.rows(
        "select sum(events), sum(session_engaged_as_int), sum(transaction_id_as_int), sum(purchase_events),"
        " sum(duplicate_purchase_events), sum(purchases_without_id) from marts.tracking_health"
    )[0]
    assert events == 24219
    assert (engaged_as_int, id_as_int, purchases) == (1744, 44, 624)
    assert int(str(repeats)) > 0
    assert int(str(without_id)) > 0
    assert retail_store.value("select count(*) from marts.sessions") == 20705
    assert retail_store.value("select sum(sessions) from marts.funnel_daily") == 20705


def test_purchases_of_another_year_match_no_order(retail_store: Store) -> None:
    statuses = dict(retail_store.rows("select status, count(*) from marts.order_matches group by status"))
    assert statuses == {"no_id": 49, "not_compared": 569}
    assert retail_store.value("select count(*) from marts.tracking_health where match_rate is not null") == 0
    # 93 of the 624 have no id among their order facts, 44 of those one among their parameters; 6 ids come twice
    repeats = retail_store.value("select sum(duplicate_purchase_events) from marts.tracking_health")
    assert repeats == 624 - 49 - 569


def test_items_that_a_page_only_listed_were_not_viewed_or_carted(retail_store: Store) -> None:
    rows, listed, carted, units, matched = retail_store.rows(
        "select sum(item_rows), sum(listed_rows), sum(added_to_cart), sum(units),"
        " count(*) filter (where match_status not in ('unmatched', 'no_id')) from marts.funnel_by_product"
    )[0]
    assert int(str(rows)) == 20521
    assert int(str(listed)) == 18378
    assert (carted, matched) == (183, 0)
    assert int(str(units)) > 2500


def test_months_of_the_ledger_are_whole_but_the_last(retail_store: Store) -> None:
    months = retail_store.rows("select month, is_complete, growth_on_month from marts.category_trends order by month")
    assert len(months) == 13
    assert [bool(whole) for _, whole, _ in months] == [True] * 12 + [False]
    assert months[-1][2] is None


def test_no_mock_row_stands_beside_real_ones(retail_store: Store) -> None:
    modes = retail_store.value("select source_modes from ops.build")
    assert modes == "shopify live; ga4 live; search not connected; reference not connected"
    sources = retail_store.rows("select distinct lead_time_source, service_level_source from marts.reorder_points")
    assert sources == [("default", "default")]


def test_people_are_hashed_with_the_stores_own_key(retail_store: Store) -> None:
    assert (retail_store.home / "data" / "pii.key").stat().st_mode & 0o777 == 0o600
    keys = retail_store.value(
        "select count(*) from marts.customers where not regexp_matches(customer_key, '^customer-[0-9]+$')"
    )
    assert keys == 0


def test_loading_the_same_files_again_changes_nothing(
    retail_store: Store, retail_totals: tuple[object, dict[str, str]]
) -> None:
    before = sorted(path.name for path in (retail_store.home / "data").rglob("*.parquet"))
    output = retail_store.run("load", "shopify-csv", str(retail_totals[0])).output
    assert output.count("already loaded, nothing changed") == 3
    assert sorted(path.name for path in (retail_store.home / "data").rglob("*.parquet")) == before


def test_forecasts_are_published_only_where_they_beat_seasonal_naive(retail_store: Store) -> None:
    for target, published, beats in retail_store.rows(
        "select target, published, beats_seasonal_naive from predictions.forecast_accuracy"
        " where evidence = 'backtest' and segment_kind = 'all'"
    ):
        count = retail_store.value(f"select count(*) from predictions.{target}_forecast")
        assert bool(count) == published
        assert beats or not published


def test_the_best_known_pair_is_on_the_shortlist(retail_store: Store) -> None:
    subjects = [subject for (subject,) in retail_store.rows("select subject from shortlists.cross_sell")]
    assert any({"22386", "85099B"} == set(str(subject).split(" + ")) for subject in subjects)


def test_customer_values_of_a_shop_without_a_model_of_leaving_say_so(retail_store: Store) -> None:
    refused = retail_store.rows(
        "select model, boundary, reason from predictions.customer_value_fit where predicts = 'orders' and not is_used"
    )
    assert {model for model, _, _ in refused} == {"BG/NBD", "Pareto/NBD"}
    assert all(boundary for _, boundary, _ in refused)
    assert retail_store.value("select count(*) from predictions.customer_value where p_alive is not null") == 0
    facts, _, _ = read_findings(open_project({"MARTLET_HOME": str(retail_store.home)}))
    assert (facts["value_model"], facts["judged_alive"]) == ("constant rate, shrunk", 0)
    buyers = retail_store.value("select count(*) from marts.customer_lifetime_value")
    assert retail_store.value("select count(*) from predictions.customer_value") == buyers


def test_who_first_bought_on_the_newest_day_is_valued_and_days_are_the_marts(retail_store: Store) -> None:
    newest = "first_order_date > (select max(as_of_date) from ops.build)"
    assert int(str(retail_store.value(f"select count(*) from marts.customer_lifetime_value where {newest}"))) > 0
    differing = (
        "select * from marts.customer_lifetime_value as mart full join predictions.customer_value as value"
        " using (customer_key) where value.tenure_days is distinct from mart.tenure_days"
        " or value.tenure_days - value.recency_days is distinct from mart.days_since_last_order"
    )
    assert retail_store.rows(differing) == []
