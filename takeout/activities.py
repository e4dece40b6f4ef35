"""Posts and comments as ActivityStreams 2.0 (https://www.w3.org/TR/activitystreams-core/): the person's outbox."""

from typing import Any

from .sources import Writing

CONTEXT = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{CONTEXT}#Public"


def create(one: Writing, by: str, base: str, html: str) -> dict[str, Any]:
    """The activity by which a post (an Article) or a comment (a Note) came to be.

    by: its author's handle; html: its body, rendered.
    """
    made = (article if one.kind == "post" else note)(one.row, by, base, html)
    return {
        "type": "Create",
        "id": f"{made['id']}#create",
        "actor": made["attributedTo"],
        "published": made["published"],
        "to": [PUBLIC],
        "object": made,
    }


def article(row: Any, by: str, base: str, html: str) -> dict[str, Any]:
    tags = [{"type": "Hashtag", "name": f"#{tag}"} for tag in row.tags.split()]
    attached = [{"type": "Link", "href": row.url}] if row.url else []
    more = {"attachment": attached} if attached else {}
    return _object("Article", f"{base}/posts/{row.id}", row, by, base, html) | {"name": row.title, "tag": tags} | more


def note(row: Any, by: str, base: str, html: str) -> dict[str, Any]:
    answered = f"{base}/comments/{row.parent}" if row.parent else f"{base}/posts/{row.post}"
    return _object("Note", f"{base}/comments/{row.id}", row, by, base, html) | {"inReplyTo": answered}


def _object(type: str, id: str, row: Any, by: str, base: str, html: str) -> dict[str, Any]:
    updated = {"updated": row.edited_at} if row.edited_at else {}
    return {
        "type": type,
        "id": id,
        "url": id,
        "attributedTo": f"{base}/@{by}",
        "published": row.created_at,
        **updated,
        "to": [PUBLIC],
        "content": str(html),
        "mediaType": "text/html",
        "source": {"content": row.body, "mediaType": "text/markdown"},
    }
