"""Handles that nobody may register: people would take them for the site's staff, or for one of its pages."""

STAFF = frozenset({
    "abuse", "admin", "administrator", "administrators", "admins", "all", "anonymous", "bot", "contact", "everyone",
    "helpdesk", "hostmaster", "info", "mail", "me", "mod", "moderation", "moderator", "moderators", "mods",
    "no-reply", "nobody", "noreply", "null", "official", "operator", "owner", "postmaster", "privacy", "root",
    "security", "site", "staff", "superuser", "support", "sysadmin", "system", "team", "undefined", "verbatim",
    "webmaster", "you"
})  # fmt: skip
PLACES = frozenset({
    "about", "account", "accounts", "api", "appeal", "appeals", "author", "authors", "avatars", "comments",
    "decisions", "docs", "drafts", "events", "favicon", "feed", "healthz", "help", "history", "home", "invite",
    "keyboard", "language", "languages", "leave", "live", "log", "login", "logout", "manifest", "metrics", "new",
    "notifications", "people", "post", "posts", "preview", "quote", "quotes", "readyz", "register", "reports",
    "robots", "rules", "search", "settings", "shortcuts", "sitemap", "static", "tags", "terms", "tokens", "undo",
    "user", "users", "webhooks", "well-known"
})  # fmt: skip
"""First parts of addresses, today's and likely ones."""
RESERVED_HANDLES = STAFF | PLACES
