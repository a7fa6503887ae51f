{% set steps = {
    "view_item": ["viewed_item", "added_to_cart"],
    "add_to_cart": ["added_to_cart", "began_checkout"],
    "begin_checkout": ["began_checkout", "greatest(added_payment_info, purchased)"],
    "add_payment_info": ["added_payment_info", "cast(null as bigint)"],
    "purchase": ["purchased", "cast(null as bigint)"],
} %}
with
    funnel as (
        select
            session_date,
            sum(sessions) as sessions,
            sum(viewed_item) as viewed_item,
            sum(added_to_cart) as added_to_cart,
            sum(began_checkout) as began_checkout,
            sum(added_payment_info) as added_payment_info,
            sum(purchased) as purchased
        from {{ ref("funnel_daily") }}
        group by session_date
    ),

    span as (select min(session_date) as first_date, max(session_date) as last_date from funnel),

    days as (select {{ each_day("first_date", "last_date") }} as session_date from span where first_date is not null),

    steps as (
        {% for step, (column, later) in steps.items() %}
            select
                session_date,
                {{ loop.index }} as step_number,
                '{{ step }}' as step,
                sessions,
                {{ column }} as sessions_with_step,
                {{ later }} as sessions_with_later_step
            from funnel {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    step_names as (select distinct step_number, step from steps),

    -- every day has its row before days are counted back
    step_days as (
        select
            days.session_date,
            step_names.step_number,
            step_names.step,
            coalesce(steps.sessions, 0) as sessions,
            coalesce(steps.sessions_with_step, 0) as sessions_with_step,
            steps.sessions_with_later_step
        from days
        cross join step_names
        left join steps on days.session_date = steps.session_date and step_names.step = steps.step
    ),

    with_typical as (
        select
            *,
            cast(sum(sessions_with_step) over trailing_days as double)
            / nullif(sum(sessions) over trailing_days, 0) as typical_share
        from step_days
        window
            trailing_days as (
                partition by step
                order by session_date rows between {{ var("tracking_typical_days") }} preceding and 1 preceding
            )
    )

select
    session_date,
    cast(step_number as bigint) as step_number,
    step,
    cast(sessions as bigint) as sessions,
    cast(sessions_with_step as bigint) as sessions_with_step,
    typical_share,
    typical_share * sessions as expected_sessions,
    coalesce(
        typical_share * sessions >= {{ var("tracking_minimum_expected") }}
        and sessions_with_step <= {{ var("tracking_missing_share") }} * typical_share * sessions,
        false
    ) as is_missing,
    cast(sessions_with_later_step as bigint) as sessions_with_later_step,
    coalesce(
        sessions_with_later_step - sessions_with_step >= {{ var("tracking_inversion_excess") }}, false
    ) as is_inverted
from with_typical
