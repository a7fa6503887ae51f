-- What stands of each pair of SKU and vendor after every load and edit, in the order of their times. A load says all of
-- a pair anew, an edit what was given, a removal takes it away. cli/martlet/vendor_changes.py reads history the same
-- way; a test holds the two together.
with
    loaded as ({{ newest_load(raw("reference", "vendor_skus"), ["sku", "vendor"]) }}),

    edited as (
        select *
        from {{ raw("reference", "vendor_sku_edits", edited=true) }}
        where made_in_mode = '{{ "mock" if var("source_modes")["reference"] == "mock" else "live" }}'
    ),

    changes as (
        select
            sku,
            vendor,
            'load' as action,
            coalesce(is_primary, true) as is_primary,
            vendor_sku,
            unit_cost,
            lead_time_days,
            minimum_order_quantity,
            pack_size,
            _loaded_at as changed_at,
            cast(null as string) as edit_id,
            cast(null as string) as edited_by
        from loaded
        union all
        select
            sku,
            vendor,
            action,
            coalesce(is_primary, true) as is_primary,
            vendor_sku,
            unit_cost,
            lead_time_days,
            minimum_order_quantity,
            pack_size,
            edited_at as changed_at,
            edit_id,
            edited_by
        from edited
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by sku, vendor order by changed_at, case when action = 'load' then 0 else 1 end, edit_id
            ) as change_number
        from changes
    ),

    with_last_reset as (
        select
            *,
            max(case when action in ('load', 'remove') then change_number else 0 end) over (
                partition by sku, vendor
            ) as last_reset
        from numbered
    ),

    -- each term as it was last given since then
    standing as (
        select
            sku,
            vendor,
            max_by(is_primary, change_number) as is_primary,
            max(case when is_primary then changed_at end) as primary_since,
            max_by(vendor_sku, change_number) filter (where vendor_sku is not null) as vendor_sku,
            max_by(unit_cost, change_number) filter (where unit_cost is not null) as unit_cost,
            max_by(lead_time_days, change_number) filter (where lead_time_days is not null) as lead_time_days,
            max_by(minimum_order_quantity, change_number) filter (
                where minimum_order_quantity is not null
            ) as minimum_order_quantity,
            max_by(pack_size, change_number) filter (where pack_size is not null) as pack_size,
            max_by(edited_by, change_number) filter (where action = 'assign') as edited_by,
            max(case when action = 'assign' then changed_at end) as edited_at
        from with_last_reset
        where change_number >= last_reset and action <> 'remove'
        group by sku, vendor
    ),

    -- one primary vendor a SKU: whoever was made so last; of one load, the first by name
    ranked as (
        select
            *, row_number() over (partition by sku, is_primary order by primary_since desc, vendor asc) as primary_rank
        from standing
    )

select
    sku,
    vendor,
    is_primary and primary_rank = 1 as is_primary,
    vendor_sku,
    unit_cost,
    lead_time_days,
    minimum_order_quantity,
    pack_size,
    edited_by,
    edited_at
from ranked
