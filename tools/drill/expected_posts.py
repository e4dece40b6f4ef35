"""Compares posts in the read model with what the ledgers alone say: the last text, the likes, the comments.

A wrong fold gives the same wrong rows when it is repeated; only the ledgers know better.
"""

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from readmodel import catalogue
from readmodel.engine.queries import PostById
from readmodel.generations.generations import Generations
from readmodel.posts import PostView

from .erased_texts import erased_posts
from .ledger import Intent, Ledgers


class Expected(msgspec.Struct):
    """text_id: the command whose text was accepted last; likes: their streams; unsure: an answer is missing."""

    text_id: str = ""
    likes: set[str] = msgspec.field(default_factory=set)
    comments: int = 0
    unsure: bool = False


def wrong_posts(ledgers: Ledgers, generations: Generations) -> Iterator[str]:
    """A sentence for each post whose row isn't what the ledgers make of it."""
    erased = erased_posts(ledgers)
    with generations.connect() as connection:
        for post, expected in _expected(ledgers).items():
            if post in erased:
                expected.text_id = ""
            found: PostView | None = catalogue.answer(connection, PostById(post=post))
            if not expected.unsure:
                yield from _differences(post, expected, found)


def _expected(ledgers: Ledgers) -> dict[str, Expected]:
    posts: dict[str, Expected] = defaultdict(Expected)
    for intent in ledgers.intents:
        id = post_of(ledgers, intent)
        if not id:
            continue
        post = posts[id]
        post.unsure |= intent.id not in ledgers.answers
        if not ledgers.accepted(intent):
            continue
        match intent.event:
            case "PostPublished" | "PostEdited":
                post.text_id = intent.id
            case "CommentAdded":
                post.comments += 1
            case "Liked" if intent.stream.startswith("like-post-"):
                post.likes.add(intent.stream)
            case "Unliked":
                post.likes.discard(intent.stream)
    return posts


def post_of(ledgers: Ledgers, intent: Intent) -> str:
    """The id of its thread's post, "" where nobody knows; an accepted NewPost was answered with it."""
    locations = [answer.location for answer in ledgers.answers.get(intent.id, ()) if answer.accepted]
    answered = locations[0].removeprefix("/posts/") if locations and locations[0].startswith("/posts/") else ""
    return intent.post or answered


def _differences(post: str, expected: Expected, found: PostView | None) -> Iterator[str]:
    if found is None:
        yield f"post {post} isn't shown"
        return
    if expected.text_id and expected.text_id not in found.body:
        yield f"post {post} shows {found.body!r}, and the last accepted text was {expected.text_id}"
    if found.likes != len(expected.likes):
        yield f"post {post} shows {found.likes} likes, and {len(expected.likes)} were accepted"
    if found.comments != expected.comments:
        yield f"post {post} shows {found.comments} comments, and {expected.comments} were accepted"
