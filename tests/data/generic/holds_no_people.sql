{#
    No text column holds the shape of an e-mail address or of an international phone number. `changed_on` is the column with
    the day of a table that is published by day: days that did not change were tested before.
#}
{% test holds_no_people(model, changed_on=none) %}
    {%- set rows = changed_rows(model, changed_on) if changed_on else model -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(model) if column.is_string() or column.dtype == 'string' -%}
            {%- do found.append(column.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {% for column in found %}
        select '{{ column }}' as found_in, count(*) as cells
        from {{ rows }} as tested
        where
            {{ column }} like '%@%'
            and {{ matches(column, "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]") }}
            or {{ column }} like '+%'
            and {{ matches(column, "^[+][0-9][0-9 ().-]{7,}$") }}
        having count(*) > 0 {{ "union all" if not loop.last }}
    {% else %} select 'nothing' as found_in, 0 as cells where 1 = 0
    {% endfor %}
{% endtest %}
