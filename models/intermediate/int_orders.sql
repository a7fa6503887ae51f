-- Orders that count: neither cancelled nor test, placed on or before the cut-off day; and whose order each is.
with
    orders as (
        select placed.*
        from {{ ref("stg_shopify__orders") }} as placed
        cross join {{ ref("int_as_of") }} as as_of
        where not placed.is_cancelled and not placed.is_test and placed.order_date <= as_of.cutoff_date
    ),

    account_of_email as (
        select email_hash, min(customer_id) as customer_id
        from {{ ref("stg_shopify__customers") }}
        where email_hash is not null
        group by email_hash
    )

select
    orders.*,
    -- a person: the account, else the account of that e-mail, else the hashed e-mail; unknown people are never merged
    case
        when orders.customer_id is not null
        then concat('customer-', cast(orders.customer_id as string))
        when account_of_email.customer_id is not null
        then concat('customer-', cast(account_of_email.customer_id as string))
        when orders.email_hash is not null
        then concat('guest-', orders.email_hash)
    end as customer_key
from orders
left join account_of_email on orders.email_hash = account_of_email.email_hash
