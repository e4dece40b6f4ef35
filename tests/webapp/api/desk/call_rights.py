"""Who may call what of the API, and what is sent: the table that tests/webapp/api/test_rights.py holds the site to."""

from typing import Any

from domain.catalogue import ACTS
from tests.webapp.api.conftest import PASSWORD
from webapp.api import acts

WHO = ("admin", "moderator", "author", "other", "suspended", "stranger")
"""From those who may do most down."""
EVERYONE, SOMEBODY = set(WHO), {"author", "other", "moderator", "admin"}
AUTHOR_OR_MODERATOR, MODERATORS, ADMINS = {"author", "moderator", "admin"}, {"moderator", "admin"}, {"admin"}
ONESELF = {"author"}
BY: dict[str, set[str]] = {
    **dict.fromkeys(("author or moderator", "remover or moderator"), AUTHOR_OR_MODERATOR),
    "moderator": MODERATORS,
    "admin": ADMINS,
}
BODIES: dict[str, Any] = {
    "register_account": {"handle": "new", "password": PASSWORD},
    "make_token": {"handle": "author", "password": PASSWORD},
    "edit_profile": {"name": "n", "bio": "b"},
    "change_handle": {"handle": "adam"},
    "change_password": {"current_password": PASSWORD, "password": "another password"},
    "new_post": {"title": "t", "body": "b"},
    "edit_post": {"title": "n", "body": "n", "reason": "r"},
    "add_comment": {"body": "b"},
    "edit_comment": {"body": "n", "reason": "r"},
    "add_webhook": {"url": "https://bot.example/"},
    "leave": {"password": PASSWORD, "words": "keep"},
    "close_account": {"reason": "r", "words": "erase"},
    "publish_rules": {"rules": [{"title": "Be kind"}]},
    "set_newcomer_limits": {"days": 1, "writings": 1, "links": 1, "mentions": 1, "per_hour": 1},
    "change_webhook": {"url": "https://bot.example/2", "kinds": ["Liked"]},
    "claim_case": {},
    "add_case_note": {"text": "n"},
    "add_account_note": {"text": "n"},
    "decide_case": {"acts": ["none"]},
    "appeal_decision": {"text": "t"},
    "reply_to_appeal": {"text": "t"},
    "resolve_appeal": {"outcome": "upheld", "reason": "r"},
    "pause_reporting": {"until": "2030-01-01T00:00:00Z", "reason": "r"},
}
MAY: dict[str, set[str]] = {
    **dict.fromkeys(("register_account", "make_token"), EVERYONE),
    **dict.fromkeys(("show_account", "list_comments_by", "list_posts", "show_post", "post_history"), EVERYONE),
    "list_log": EVERYONE,
    **dict.fromkeys(("show_rules", "show_newcomer_limits"), EVERYONE),
    **dict.fromkeys(("show_transparency", "list_public_statements"), EVERYONE),
    **dict.fromkeys(("list_tags", "list_comments", "search_comments", "show_comment", "comment_history"), EVERYONE),
    **dict.fromkeys(("list_tokens", "list_events", "stream_events", "make_ticket"), SOMEBODY),
    "revoke_token": {"author", "admin"},
    **dict.fromkeys(("edit_profile", "change_handle", "change_password"), ONESELF),
    **dict.fromkeys(("new_post", "add_comment"), SOMEBODY),
    **dict.fromkeys(("like_post", "unlike_post", "like_comment", "unlike_comment"), SOMEBODY),
    **{call.name: BY[act.by] for act, call in zip((act for act in ACTS if act.form), acts.OPERATIONS, strict=True)},
    **dict.fromkeys(("edit_post", "edit_comment"), AUTHOR_OR_MODERATOR),
    **dict.fromkeys(("list_moderations", "list_removed_posts", "list_removed_comments"), MODERATORS),
    **dict.fromkeys(("grant_role", "revoke_role", "rebuild", "show_status"), ADMINS),
    **dict.fromkeys(("publish_rules", "set_newcomer_limits"), ADMINS),
    **dict.fromkeys(("preview_bulk_removal", "show_bulk_removal", "list_bulk_removal_parts"), MODERATORS),
    **dict.fromkeys(("order_bulk_removal", "take_back_bulk_removal"), MODERATORS),
    "list_webhooks": SOMEBODY,
    "add_webhook": SOMEBODY,
    **dict.fromkeys(("show_webhook", "change_webhook", "remove_webhook", "rotate_webhook_secret"), ONESELF),
    **dict.fromkeys(("pause_webhook", "resume_webhook", "test_webhook"), ONESELF),
    **dict.fromkeys(("request_export", "show_export", "fetch_export"), SOMEBODY),
    "leave": SOMEBODY,
    "show_receipt": EVERYONE,
    **dict.fromkeys(("close_account", "take_leaving_back", "release_handle"), ADMINS),
    "file_report": SOMEBODY,
    **dict.fromkeys(("list_reports", "list_decisions"), SOMEBODY | {"suspended"}),
    **dict.fromkeys(("show_report", "withdraw_report"), ONESELF),
    "show_decision": AUTHOR_OR_MODERATOR | {"other"},
    "appeal_decision": {"author", "other"},
    **dict.fromkeys(("show_appeal", "reply_to_appeal"), AUTHOR_OR_MODERATOR),
    **dict.fromkeys(("list_cases", "show_case", "open_case", "claim_case", "release_case"), MODERATORS),
    **dict.fromkeys(("escalate_case", "add_case_note", "decide_case", "decide_cases"), MODERATORS),
    **dict.fromkeys(("take_back_decision", "take_back_batch", "list_appeals"), MODERATORS),
    "resolve_appeal": ADMINS,
    **dict.fromkeys(("show_account_file", "add_account_note", "pause_reporting", "resume_reporting"), MODERATORS),
    **dict.fromkeys(("list_deliveries", "replay_delivery", "replay_deliveries"), ONESELF),
}


OWN = {name for name in MAY if "webhook" in name or "deliver" in name} | {
    "revoke_token", "show_report", "withdraw_report", "show_decision", "appeal_decision", "show_appeal",
    "reply_to_appeal",
}  # fmt: skip
"""Of these nobody else learns that they are there; somebody suspended is refused before anybody looks."""
