"""Which vendor sells which SKU and on what terms: listed, edited and looked back on.

An edit is one more row in the lake (raw_reference.vendor_sku_edits), judged by what the next build would see; the marts
change with that build. Edits of the demo store count on the demo store only, a merchant's on the merchant's data only.
"""
