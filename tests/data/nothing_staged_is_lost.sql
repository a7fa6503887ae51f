-- Every key in raw is staged once: what is not there was loaded again later. And staged orders are those that count and
-- those that are cancelled, test or after the cut-off.
{% set keys = {
    "orders": "id",
    "order_line_refunds": "id",
    "order_adjustments": "id",
    "transactions": "id",
    "customers": "id",
    "products": "id",
    "product_variants": "id",
    "inventory_items": "id",
    "locations": "id",
} %}
with
    counts as (
        {% for table, key in keys.items() %}
            select
                '{{ table }}' as resource,
                (select count(distinct {{ key }}) from {{ raw("shopify", table) }}) as raw_rows,
                (select count(*) from {{ ref("stg_shopify__" ~ table) }}) as staged_rows
            union all
        {% endfor %}
        select
            'counting orders' as resource,
            (
                select count(*)
                from {{ ref("stg_shopify__orders") }} as staged
                cross join {{ ref("int_as_of") }} as as_of
                where not staged.is_cancelled and not staged.is_test and staged.order_date <= as_of.cutoff_date
            ) as raw_rows,
            (select count(*) from {{ ref("orders") }}) as staged_rows
    )

select *
from counts
where raw_rows <> staged_rows
