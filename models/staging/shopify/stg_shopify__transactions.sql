with
    source as ({{ newest_load(raw("shopify", "transactions"), ["id"]) }}),

    renamed as (
        select
            id as transaction_id,
            order_id,
            refund_id,
            lower(kind) as kind,
            lower(status) as status,
            gateway,
            {{ money("amount") }} as amount,
            created_at as transacted_at,
            {{ shop_date("created_at") }} as transacted_date,
            coalesce(test, false) as is_test
        from source
    )

select *
from renamed
