"""Handles that nobody may register, since people would take them for the site's staff or for one of its pages.

Words that people are called by as well (mod, root, team …) are free: they stand on too many sites already.
"""

STAFF = frozenset({
    "abuse", "admin", "administrator", "administrators", "admins", "contact", "helpdesk", "hostmaster", "mail",
    "moderation", "moderator", "moderators", "no-reply", "noreply", "official", "postmaster", "privacy", "security",
    "staff", "superuser", "support", "sysadmin", "system", "verbatim", "webmaster",
})  # fmt: skip
ROUTES = frozenset({
    "api", "appeals", "avatars", "decisions", "drafts", "healthz", "keyboard", "language", "log", "login",
    "logout", "metrics", "notifications", "posts", "preview", "readyz", "receipts", "register", "report", "reports",
    "rules", "search", "settings", "sitemaps", "static", "tags", "transparency",
})  # fmt: skip
"""First parts of addresses."""
DEFAULT = STAFF | ROUTES


def changed(added: frozenset[str], freed: frozenset[str]) -> frozenset[str]:
    """What is reserved where the operator adds some handles and sets others free."""
    return (DEFAULT | added) - freed
