with
    item_events as (
        select *, user_pseudo_id is not null and ga_session_id is not null as has_session
        from {{ ref("int_item_events") }}
    ),

    item_sessions as (
        select
            item_id,
            max(item_name) as item_name,
            min(event_date) as first_date,
            max(event_date) as last_date,
            count(*) as item_rows,
            sum(case when not is_chosen then 1 else 0 end) as listed_rows,
            bool_or(has_session and not is_chosen) as listed,
            bool_or(has_session and is_chosen and event_name = 'view_item') as viewed_item,
            bool_or(has_session and is_chosen and event_name = 'add_to_cart') as added_to_cart,
            bool_or(has_session and event_name = 'purchase') as purchased,
            sum(case when event_name = 'purchase' and not is_duplicate then units else 0 end) as units,
            sum(case when event_name = 'purchase' and not is_duplicate then item_revenue else 0 end) as item_revenue
        from item_events
        group by item_id, user_pseudo_id, ga_session_id
    ),

    items as (
        select
            item_id,
            max(item_name) as item_name,
            min(first_date) as first_date,
            max(last_date) as last_date,
            sum(item_rows) as item_rows,
            sum(listed_rows) as listed_rows,
            sum(case when listed then 1 else 0 end) as listed,
            sum(case when viewed_item then 1 else 0 end) as viewed_item,
            sum(case when added_to_cart then 1 else 0 end) as added_to_cart,
            sum(case when purchased then 1 else 0 end) as purchased,
            sum(case when viewed_item and added_to_cart then 1 else 0 end) as closed_added_to_cart,
            sum(case when viewed_item and added_to_cart and purchased then 1 else 0 end) as closed_purchased,
            sum(units) as units,
            sum(item_revenue) as item_revenue
        from item_sessions
        group by item_id
    )

select
    coalesce(items.item_id, '(not set)') as item_id,
    coalesce(matches.match_status, 'no_id') as match_status,
    matches.sku,
    matches.product_id,
    coalesce(matches.product_title, items.item_name) as product_title,
    matches.variant_title,
    matches.vendor,
    matches.category,
    items.first_date,
    items.last_date,
    cast(items.item_rows as bigint) as item_rows,
    cast(items.listed_rows as bigint) as listed_rows,
    cast(items.listed as bigint) as listed,
    cast(items.viewed_item as bigint) as viewed_item,
    cast(items.added_to_cart as bigint) as added_to_cart,
    cast(items.purchased as bigint) as purchased,
    cast(items.closed_added_to_cart as bigint) as closed_added_to_cart,
    cast(items.closed_purchased as bigint) as closed_purchased,
    cast(items.closed_added_to_cart as double) / nullif(items.viewed_item, 0) as cart_rate,
    cast(items.closed_purchased as double) / nullif(items.closed_added_to_cart, 0) as purchase_rate,
    cast(items.closed_purchased as double) / nullif(items.viewed_item, 0) as conversion_rate,
    cast(items.units as bigint) as units,
    {{ money("items.item_revenue") }} as item_revenue
from items
left join {{ ref("int_item_matches") }} as matches on items.item_id = matches.item_id
