{#
    Share of a measure's total held by the rows that rank above this one; the row that crosses a limit still belongs to
    the class below it. Rows at or below zero add nothing. `tie_break` keeps equal rows in the same order every time.
#}
{% macro share_above(measure, tie_break) -%}
    coalesce(
        cast(
            sum(greatest({{ measure }}, 0)) over (
                order by {{ measure }} desc nulls last, {{ tie_break }} asc rows between unbounded preceding and 1 preceding
            ) as double
        )
        / nullif(cast(sum(greatest({{ measure }}, 0)) over () as double), 0),
        0
    )
{%- endmacro %}


{# A, B or C by the share of the total that stands above; what earns nothing is C, what is not known is unknown. #}
{% macro abc_class(units, measure, share_above) -%}
    case
        when {{ units }} = 0
        then 'no sales'
        when ({{ measure }}) is null
        then 'unknown'
        when ({{ measure }}) <= 0
        then 'C'
        when {{ share_above }} < {{ var("abc_a_share") }}
        then 'A'
        when {{ share_above }} < {{ var("abc_b_share") }}
        then 'B'
        else 'C'
    end
{%- endmacro %}


{# One number over another as a rate of four decimals; null where there is nothing to divide by. #}
{% macro rate(numerator, denominator) -%}
    {{ to_decimal("cast(" ~ numerator ~ " as double) / nullif(cast(" ~ denominator ~ " as double), 0)", 18, 4) }}
{%- endmacro %}


{# A number, nought at the least, and null if it is null: greatest() would make null nought. #}
{% macro not_negative(number) -%} case when ({{ number }}) < 0 then 0 else ({{ number }}) end {%- endmacro %}


{#
    Mean and sample standard deviation of a whole-number column, from whole sums: the same to the last bit whatever the
    order in which an engine's threads add the rows up. The deviation of a single row is nought.
#}
{% macro mean_of_units(column) -%}
    (cast(sum(cast({{ column }} as bigint)) as double) / nullif(count({{ column }}), 0))
{%- endmacro %}
{% macro stddev_of_units(column) -%}
    {%- set n = "count(" ~ column ~ ")" -%}
    {%- set total = "cast(sum(cast(" ~ column ~ " as bigint)) as double)" -%}
    {%- set squares = "cast(sum(cast(" ~ column ~ " as bigint) * cast(" ~ column ~ " as bigint)) as double)" -%}
    coalesce(sqrt(({{ n }} * {{ squares }} - {{ total }} * {{ total }}) / nullif({{ n }} * ({{ n }} - 1.0), 0)), 0)
{%- endmacro %}
