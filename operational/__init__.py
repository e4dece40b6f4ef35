"""Tables beside the read model that no fold writes: sessions, drafts, queues, leases, requests."""
