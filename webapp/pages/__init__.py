"""Pages: each module parses a form or an address, sends a command or asks a query, and renders."""
