{{ build_by_day("by_window") }}
{% set days = new_item_days(ref("int_event_days")) %}
-- One row per item of a view, cart or purchase event of the last product_funnel_window_days days. Trackers send with a
-- view or a cart event the whole list that was on the page: where some items have a quantity only those were chosen,
-- and where none has one only a short event's were. An item that was only listed is kept and marked. The items of a
-- purchase were all bought.
with
    item_events as (
        select event_name, event_date, user_pseudo_id, ga_session_id, false as is_duplicate, items
        from {{ ref("stg_ga4__events") }}
        where event_name in ('view_item', 'add_to_cart') and {{ is_read_day("event_date", days) }}

        union all

        select
            'purchase' as event_name,
            events.event_date,
            events.user_pseudo_id,
            events.ga_session_id,
            purchases.is_duplicate,
            events.items
        from {{ ref("int_purchase_events") }} as events
        inner join
            {{ ref("int_purchases") }} as purchases
            on events.event_date = purchases.event_date
            and events.number_of_day = purchases.number_of_day
    ),

    recent as (
        select item_events.*
        from item_events
        cross join {{ ref("int_web_as_of") }} as as_of
        where
            item_events.items is not null and {{ is_in_item_window("item_events.event_date", "as_of.web_as_of_date") }}
    ),

    item_rows as (
        select
            event_name,
            event_date,
            user_pseudo_id,
            ga_session_id,
            is_duplicate,
            {{ array_length("items") }} as items_in_event,
            {{ count_known("items", "quantity") }} as items_with_quantity,
            {{ each_element("items") }} as item
        from recent
    )

select
    event_name,
    event_date,
    user_pseudo_id,
    ga_session_id,
    is_duplicate,
    {{ ga4_set("item.item_id") }} as item_id,
    {{ mask_people(ga4_set("item.item_name")) }} as item_name,
    coalesce(item.quantity, 1) as units,
    -- before discounts on the whole order, as GA4 has it
    {{ try_to_decimal("coalesce(item.item_revenue, item.price * coalesce(item.quantity, 1), 0)", 18, 4) }}
    as item_revenue,
    event_name = 'purchase'
    or item.quantity is not null
    or (items_with_quantity = 0 and items_in_event <= {{ var("item_list_longer_than") }}) as is_chosen
from item_rows
