"""The pages of the site's rules."""
