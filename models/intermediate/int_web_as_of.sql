-- "Now" of web events and searches: the as_of variable, else the last full day of events. A source that lags does not
-- empty the other's windows, and a new day of events leaves what hangs on orders alone (cli/martlet/standing.py).
select
    coalesce(
        {% if var("as_of") %}
            cast('{{ var("as_of") }}' as date),
        {% endif %} greatest({{ add_days("max(event_days.event_date)", -1) }}, min(event_days.event_date)),
        max(as_of.as_of_date)
    ) as web_as_of_date
from {{ ref("int_as_of") }} as as_of
left join {{ ref("int_event_days") }} as event_days on true
