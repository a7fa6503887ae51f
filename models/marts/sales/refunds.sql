select
    refund_id,
    order_id,
    customer_key,
    refund_date,
    is_dated,
    units,
    {{ money("line_returns + unallocated_returns") }} as returns,
    gift_card_returns,
    shipping_refunded,
    tax_refunded,
    {{ money("line_returns + unallocated_returns + gift_card_returns + shipping_refunded + tax_refunded") }}
    as total_refunded
from {{ ref("int_refund_totals") }}
