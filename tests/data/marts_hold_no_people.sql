-- No text column of any mart holds the shape of an e-mail address or of an international phone number.
{% set columns = [] %}
{% if execute %}
    {% for node in graph.nodes.values() if node.resource_type == "model" and node.schema == "marts" %}
        {% for column in node.columns.values() if column.data_type == "string" %}
            {% do columns.append((node.name, column.name)) %}
        {% endfor %}
    {% endfor %}
{% endif %}
-- depends_on: {{ ref("orders") }} {{ ref("order_lines") }} {{ ref("customers") }} {{ ref("products") }}
-- depends_on: {{ ref("customer_lifetime_value") }} {{ ref("sessions") }} {{ ref("funnel_daily") }}
-- depends_on: {{ ref("funnel_by_landing_page") }} {{ ref("reorder_points") }} {{ ref("demand_daily") }} {{ ref("plays") }}
-- depends_on: {{ ref("funnel_by_product") }} {{ ref("order_matches") }} {{ ref("step_health") }} {{ ref("tracking_health") }}
-- depends_on: {{ ref("search_performance") }} {{ ref("landing_pages") }} {{ ref("category_trends") }}
-- depends_on: {{ ref("competitor_prices") }}
{% for model, column in columns %}
    select '{{ model }}.{{ column }}' as found_in, count(*) as cells
    from {{ ref(model) }}
    where
        {{ matches(column, "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]") }}
        or {{ matches(column, "^[+][0-9][0-9 ().-]{7,}$") }}
    having count(*) > 0 {{ "union all" if not loop.last }}
{% else %} select 'nothing' as found_in, 0 as cells where 1 = 0
{% endfor %}
