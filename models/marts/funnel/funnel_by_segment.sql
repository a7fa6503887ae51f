{{
    recent_funnel(
        {
            "channel_group": "channel_group",
            "device_category": "device_category",
            "browser": "coalesce(browser, '(not set)')",
        }
    )
}}
