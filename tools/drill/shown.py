"""What pages must say by the ledgers alone: the last words of each post, and who likes and said how much.

A fold that is wrong is wrong twice, live and afresh; only people know better.
"""

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from readmodel import catalogue
from readmodel.engine.queries import PostById
from readmodel.engine.views import PostView
from readmodel.generations.generations import Generations

from .erased import erased_posts
from .ledger import Intent, Told


class Expected(msgspec.Struct):
    """words: the mark of the last accepted text; liking: streams of likes that count; unsure: an answer is missing."""

    words: str = ""
    liking: set[str] = msgspec.field(default_factory=set)
    comments: int = 0
    unsure: bool = False


def untrue(told: Told, generations: Generations) -> Iterator[str]:
    """A sentence for each post whose row isn't what its people were told."""
    gone = erased_posts(told)
    with generations.connect() as connection:
        for post, expected in _expected(told).items():
            if post in gone:
                expected.words = ""
            found: PostView | None = catalogue.answer(connection, PostById(post=post))
            if not expected.unsure:
                yield from _unlike(post, expected, found)


def _expected(told: Told) -> dict[str, Expected]:
    posts: dict[str, Expected] = defaultdict(Expected)
    for intent in told.intents:
        id = post_of(told, intent)
        if not id:
            continue
        post = posts[id]
        post.unsure |= intent.id not in told.answers
        if not told.accepted(intent):
            continue
        match intent.event:
            case "PostPublished" | "PostEdited":
                post.words = intent.id
            case "CommentAdded":
                post.comments += 1
            case "Liked" if intent.stream.startswith("like-post-"):
                post.liking.add(intent.stream)
            case "Unliked":
                post.liking.discard(intent.stream)
    return posts


def post_of(told: Told, intent: Intent) -> str:
    """The id of its thread's post, "" where nobody knows; an accepted NewPost was answered with it."""
    return intent.post or _led_to(told, intent.id)


def _led_to(told: Told, id: str) -> str:
    places = [answer.place for answer in told.answers.get(id, ()) if answer.accepted]
    return places[0].removeprefix("/posts/") if places and places[0].startswith("/posts/") else ""


def _unlike(post: str, expected: Expected, found: PostView | None) -> Iterator[str]:
    if found is None:
        yield f"post {post} isn't shown"
        return
    if expected.words and expected.words not in found.body:
        yield f"post {post} shows {found.body!r}, and the last accepted text was {expected.words}"
    if found.likes != len(expected.liking):
        yield f"post {post} shows {found.likes} likes, and {len(expected.liking)} people were told theirs counts"
    if found.comments != expected.comments:
        yield f"post {post} shows {found.comments} comments, and {expected.comments} were accepted"
