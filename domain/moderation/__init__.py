"""Moderation: reports, cases, decisions, appeals, and the standing of accounts."""
