-- A closed step holds at most the step before it, and at most its own loose count (which landing_pages leaves out).
{% for model in ("funnel_daily", "funnel_by_landing_page", "funnel_by_segment", "landing_pages") %}
    select
        '{{ model }}' as model,
        sessions,
        closed_viewed_item,
        closed_added_to_cart,
        closed_began_checkout,
        closed_purchased
    from {{ ref(model) }}
    where
        closed_viewed_item > sessions
        or closed_added_to_cart > closed_viewed_item
        or closed_began_checkout > closed_added_to_cart
        or closed_purchased > closed_began_checkout
        {% if model != "landing_pages" %}
            or closed_added_to_cart > added_to_cart
            or closed_began_checkout > began_checkout
            or closed_purchased > purchased
        {% endif %}
        {{ "union all" if not loop.last }}
{% endfor %}
