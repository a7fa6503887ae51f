-- What customers paid and were paid back per order, as the payment providers settled it: successful sales and captures
-- (an authorization moves nothing), and refunds.
select
    transactions.order_id,
    {{ money("sum(case when transactions.kind in ('sale', 'capture') then transactions.amount else 0 end)") }} as paid,
    {{ money("sum(case when transactions.kind = 'refund' then transactions.amount else 0 end)") }} as paid_back
from {{ ref("stg_shopify__transactions") }} as transactions
cross join {{ ref("int_as_of") }} as as_of
where
    transactions.status = 'success'
    and not transactions.is_test
    and transactions.kind in ('sale', 'capture', 'refund')
    and (transactions.transacted_date is null or transactions.transacted_date <= as_of.cutoff_date)
group by transactions.order_id
