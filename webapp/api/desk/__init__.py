"""The moderation desk for programs: reports, cases, decisions, appeals, and what staff know of accounts."""
