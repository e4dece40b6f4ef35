"""Fault injection: processes, servers, disks and connections fail while people write; a checker then tests invariants.

Every person keeps a ledger of what was sent and what was acknowledged, outside the site. The checker compares it with
the event store and the read model: nothing acknowledged may be lost, nothing may take effect twice.
"""
