{# Reorder point with constant lead time: mu_d * L + z * sigma_d * sqrt(L) (Silver, Pyke and Thomas). #}
{% macro lead_time_demand(mu_d, lead_time_days) -%} ({{ mu_d }} * {{ lead_time_days }}) {%- endmacro %}
{% macro safety_stock(z, sigma_d, lead_time_days) -%} ({{ z }} * {{ sigma_d }} * sqrt({{ lead_time_days }})) {%- endmacro %}

{# Safety stock where the lead time varies too: z * sqrt(L * sigma_d^2 + mu_d^2 * sigma_L^2) (the same). #}
{% macro safety_stock_variable(z, sigma_d, lead_time_days, mu_d, lead_time_sd_days) -%}
    (
        {{ z }} * sqrt(
            {{ lead_time_days }} * {{ sigma_d }} * {{ sigma_d }}
            + {{ mu_d }} * {{ mu_d }} * {{ lead_time_sd_days }} * {{ lead_time_sd_days }}
        )
    )
{%- endmacro %}


{# Economic order quantity, sqrt(2 * D * K / h): yearly demand, cost of an order, cost of keeping a unit for a year. #}
{% macro economic_order_quantity(mu_d, order_cost, unit_cost) -%}
    sqrt(
        2 * {{ mu_d }} * 365 * cast({{ order_cost }} as double)
        / nullif({{ var("holding_cost_rate") }} * cast({{ unit_cost }} as double), 0)
    )
{%- endmacro %}


{# The least number of whole packs that holds a quantity, in units. #}
{% macro in_packs(quantity, pack_size) -%}
    (ceil({{ round_to("cast(" ~ quantity ~ " as double) / " ~ pack_size, 6) }}) * {{ pack_size }})
{%- endmacro %}


{# The day so many days ahead, rounded down, today at the earliest; none where it is further than ten years. #}
{% macro days_ahead(day, days) -%}
    case
        when {{ days }} <= 3650
        then {{ add_days(day, "cast(floor(" ~ not_negative(days) ~ ") as bigint)") }}
    end
{%- endmacro %}
