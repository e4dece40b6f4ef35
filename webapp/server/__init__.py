"""HTTP matters that know nothing of posts: headers, assets, limits, logs, metrics, addresses."""
