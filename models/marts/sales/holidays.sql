-- Python reads marts only, and the revenue forecast learns what each of these days did to sales.
select distinct holiday_date, {{ mask_people("holiday") }} as holiday from {{ ref("stg_reference__holidays") }}
