"""Read models of moderation: the public log, reports, cases, decisions, appeals."""
