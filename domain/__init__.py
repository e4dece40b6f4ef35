"""What may happen on Verbatim, and nothing else: no I/O, no clock, no framework."""
