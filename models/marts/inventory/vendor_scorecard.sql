with
    primary_skus as (select sku, vendor from {{ ref("vendor_skus") }} where is_primary and is_known_sku),

    catalogue as (
        select primary_skus.vendor, count(*) as skus, sum(case when skus.is_active then 1 else 0 end) as active_skus
        from primary_skus
        inner join {{ ref("int_skus") }} as skus on primary_skus.sku = skus.sku
        group by primary_skus.vendor
    ),

    sales as (
        select
            primary_skus.vendor,
            sum(lines.quantity) as units,
            sum(lines.returned_quantity) as returned_units,
            sum(lines.net_sales) as net_sales,
            sum(lines.gross_margin) as gross_margin,
            sum(case when lines.gross_margin is not null then lines.net_sales else 0 end) as net_sales_with_cost
        from {{ ref("order_lines") }} as lines
        inner join primary_skus on lines.sku = primary_skus.sku
        cross join {{ ref("int_as_of") }} as as_of
        where
            lines.order_date <= as_of.as_of_date
            and {{ days_between("lines.order_date", "as_of.as_of_date") }} < {{ var("vendor_window_days") }}
            and not lines.is_gift_card
        group by primary_skus.vendor
    ),

    stock as (
        select
            reorder.vendor,
            sum(case when reorder.needs_reorder then 1 else 0 end) as skus_to_reorder,
            sum(case when reorder.available <= 0 and reorder.mu_d > 0 then 1 else 0 end) as skus_out_of_stock,
            sum(reorder.suggested_cost) as suggested_order_cost,
            sum(reorder.lost_sales_at_risk) as lost_sales_at_risk,
            sum(reorder.censored_days) as days_without_stock,
            sum(reorder.demand_days) as days_on_sale
        from {{ ref("reorder_points") }} as reorder
        group by reorder.vendor
    ),

    capital as (
        select
            vendor,
            sum(capital_tied_up) as capital_tied_up,
            sum(case when is_slow then capital_tied_up else 0 end) as slow_capital
        from {{ ref("slow_stock") }}
        group by vendor
    )

select
    catalogue.vendor,
    cast(catalogue.skus as bigint) as skus,
    cast(catalogue.active_skus as bigint) as active_skus,
    cast(coalesce(sales.units, 0) as bigint) as units,
    {{ money("coalesce(sales.net_sales, 0)") }} as net_sales,
    {{ rate("sales.net_sales", "sum(sales.net_sales) over ()") }} as net_sales_share,
    {{ money("sales.gross_margin") }} as gross_margin,
    {{ rate("sales.gross_margin", "sales.net_sales_with_cost") }} as gross_margin_rate,
    {{ rate("sales.net_sales_with_cost", "sales.net_sales") }} as margin_coverage,
    {{ rate("sales.returned_units", "sales.units") }} as refund_rate,
    cast(coalesce(vendors.lead_time_days, {{ var("default_lead_time_days") }}) as double) as lead_time_days,
    vendors.lead_time_sd_days,
    {{ rate("stock.days_without_stock", "stock.days_on_sale") }} as stock_out_rate,
    cast(coalesce(stock.skus_out_of_stock, 0) as bigint) as skus_out_of_stock,
    cast(coalesce(stock.skus_to_reorder, 0) as bigint) as skus_to_reorder,
    {{ money("coalesce(stock.suggested_order_cost, 0)") }} as suggested_order_cost,
    {{ money("vendors.minimum_order_value") }} as minimum_order_value,
    case
        when stock.suggested_order_cost > 0 then stock.suggested_order_cost >= coalesce(vendors.minimum_order_value, 0)
    end as meets_minimum_order,
    {{ money("coalesce(stock.lost_sales_at_risk, 0)") }} as lost_sales_at_risk,
    {{ money("capital.capital_tied_up") }} as capital_tied_up,
    {{ money("capital.slow_capital") }} as slow_capital
from catalogue
left join sales on catalogue.vendor = sales.vendor
left join stock on catalogue.vendor = stock.vendor
left join capital on catalogue.vendor = capital.vendor
left join {{ ref("stg_reference__vendors") }} as vendors on catalogue.vendor = vendors.vendor
