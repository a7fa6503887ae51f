{{
    recent_funnel(
        {
            "landing_page": "landing_page",
            "channel_group": "channel_group",
            "device_category": "device_category",
        }
    )
}}
