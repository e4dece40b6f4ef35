"""What pages and the API share: the site's parts, who is looking, commands on their way, the read model."""
