{#
    Spreads an amount over the rows of a partition in proportion to a weight, exact to the cent: each row gets the
    difference of two rounded running totals, so the parts always add up to the amount. Equal parts if all weights are 0.
#}
{% macro allocate_cents(amount, weight, partition_by, order_by) -%}
    {%- set part -%} partition by {{ partition_by }} {%- endset -%}
    {%- set running -%} {{ part }} order by {{ order_by }} rows between unbounded preceding and current row {%- endset -%}
    {%- set share -%} cast(sum({{ weight }}) over ({{ part }}) as double) {%- endset -%}
    {%- set up_to -%}
        case
            when {{ share }} <> 0
            then cast(sum({{ weight }}) over ({{ running }}) as double) / nullif({{ share }}, 0)
            else cast(count(*) over ({{ running }}) as double) / count(*) over ({{ part }})
        end
    {%- endset -%}
    {%- set before -%}
        case
            when {{ share }} <> 0
            then cast(sum({{ weight }}) over ({{ running }}) - ({{ weight }}) as double) / nullif({{ share }}, 0)
            else cast(count(*) over ({{ running }}) - 1 as double) / count(*) over ({{ part }})
        end
    {%- endset -%}
    cast(
        {{ round_to("cast(" ~ amount ~ " as double) * (" ~ up_to ~ ")", 2) }}
        - {{ round_to("cast(" ~ amount ~ " as double) * (" ~ before ~ ")", 2) }} as decimal(18, 2)
    )
{%- endmacro %}


{#
    What a count of units comes to at a price, exact. The count as a decimal of 18 digits: with a bigint's 19 DuckDB would
    calculate in 128 bits, and take a hundred times as long to round the result.
#}
{% macro priced(count, price) -%} cast({{ count }} as decimal(18, 0)) * {{ price }} {%- endmacro %}

{# Money as the marts hold it, from a decimal; a decimal's half cent is rounded away from zero. #}
{% macro money(expression) -%} cast({{ expression }} as decimal(18, 2)) {%- endmacro %}

{# Money as the marts hold it, from a double. #}
{% macro round_money(expression) -%} {{ money(round_to(expression, 2)) }} {%- endmacro %}
