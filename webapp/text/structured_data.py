"""Structured data of a post for search engines: a schema.org DiscussionForumPosting as JSON-LD.

It stands in a data block, which no browser runs, so the policy against scripts stays as it is; nothing in it can end
the block. It says what the page shows to strangers: of what is removed or erased there is none.
"""

import json
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from readmodel.posts import PostView

from .markdown import plain

MAX_TEXT_CHARS = 500
"""The page itself has the whole text."""
_SAFE = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def discussion(post: PostView, address_of: Callable[[str], str]) -> Markup:
    """The block, or nothing. address_of: the address of a path, for others."""
    if post.removed or not post.title:
        return Markup()
    written = json.dumps(_posting(post, address_of), ensure_ascii=False, separators=(",", ":")).translate(_SAFE)
    return Markup(f'<script type="application/ld+json">{written}</script>')


def _posting(post: PostView, address_of: Callable[[str], str]) -> dict[str, Any]:
    address = address_of(f"/posts/{post.id}")
    posting: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "@id": address,
        "url": address,
        "headline": post.title,
        "author": {"@type": "Person", "name": post.author, "url": address_of(f"/@{post.author}")},
        "datePublished": post.created_at,
        "commentCount": post.comments,
        "interactionStatistic": {
            "@type": "InteractionCounter",
            "interactionType": "https://schema.org/LikeAction",
            "userInteractionCount": post.likes,
        },
    }
    if text := plain(post.body, MAX_TEXT_CHARS):
        posting["text"] = text
    if post.url:
        posting["sharedContent"] = {"@type": "WebPage", "url": post.url}
    if post.edited_at:
        posting["dateModified"] = post.edited_at
    return posting
