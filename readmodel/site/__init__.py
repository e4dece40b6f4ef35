"""Read models of the site itself."""
