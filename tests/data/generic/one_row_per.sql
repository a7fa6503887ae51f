{#
    The grain: no two rows share these columns, and none of them is null. `changed_on` as in holds_no_people: rows of days
    that changed are held against all.
#}
{% test one_row_per(model, columns, changed_on=none) %}
    {%- set keys = columns | join(", ") -%}
    {%- set changed = changed_rows(model, changed_on) if changed_on else model %}
    select {{ keys }}, count(*) as row_count
    from {{ model }}
    {% if changed != model -%} where ({{ keys }}) in (select {{ keys }} from {{ changed }} as changed) {%- endif %}
    group by {{ keys }}
    having count(*) > 1 {% for column in columns -%} or {{ column }} is null {% endfor %}
{% endtest %}
