"""The real servers on one machine without Docker: Kafka, and FerretDB over PostgreSQL in MongoDB's place.

For tests, drills and trying things out. Programs and data live outside the checkout; everything listens on loopback
only, and lets in whoever is on this machine.
"""
