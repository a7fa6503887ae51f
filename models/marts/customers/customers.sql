with
    people as (
        select
            concat('customer-', cast(customer_id as string)) as customer_key,
            customer_id,
            created_date,
            accepts_email_marketing,
            accepts_sms_marketing,
            is_company,
            tags,
            country_code
        from {{ ref("stg_shopify__customers") }}
    ),

    buyers as (
        select
            customer_key,
            max(customer_id) as customer_id,
            min(order_date) as first_order_date,
            max(order_date) as last_order_date,
            count(*) as orders,
            sum(net_sales) as net_sales
        from
            (
                select orders.*, int_orders.customer_id
                from {{ ref("orders") }} as orders
                inner join {{ ref("int_orders") }} as int_orders on orders.order_id = int_orders.order_id
                where orders.customer_key is not null
            ) as known_orders
        group by customer_key
    )

select
    coalesce(people.customer_key, buyers.customer_key) as customer_key,
    coalesce(people.customer_id, buyers.customer_id) as customer_id,
    coalesce(people.customer_id, buyers.customer_id) is null as is_guest,
    people.created_date,
    people.country_code,
    people.tags,
    coalesce(people.is_company, false) as is_company,
    coalesce(people.accepts_email_marketing, false) as accepts_email_marketing,
    coalesce(people.accepts_sms_marketing, false) as accepts_sms_marketing,
    buyers.first_order_date,
    buyers.last_order_date,
    cast(coalesce(buyers.orders, 0) as bigint) as orders,
    {{ money("coalesce(buyers.net_sales, 0)") }} as net_sales
from people
full outer join buyers on people.customer_key = buyers.customer_key
