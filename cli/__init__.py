"""`bin/verbatim`: the operator's command line."""
