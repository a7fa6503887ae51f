with
    orders as (
        select
            customer_key,
            order_id,
            customer_order_number,
            order_date,
            lag(order_id) over (partition by customer_key order by customer_order_number) as previous_order_id,
            lag(order_date) over (partition by customer_key order by customer_order_number) as previous_order_date
        from {{ ref("orders") }}
        where customer_key is not null
    )

select
    customer_key,
    order_id,
    customer_order_number,
    order_date,
    previous_order_id,
    previous_order_date,
    cast({{ days_between("previous_order_date", "order_date") }} as bigint) as days_since_previous_order
from orders
where previous_order_id is not null
