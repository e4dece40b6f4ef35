"""The reading order of a thread: each comment is followed by its replies, oldest first."""

from collections.abc import Iterable, Sequence

from .views import CommentView


def in_reading_order(comments: Iterable[CommentView]) -> list[CommentView]:
    """The comments depth first. Where a parent isn't among them, a reply and its own come at the end of the branch."""
    ordered = sorted(comments, key=lambda comment: (comment.created_at, comment.id))
    here = {comment.id for comment in ordered}
    replies: dict[str, list[CommentView]] = {}
    heads: dict[str, list[CommentView]] = {}
    for comment in ordered:
        if comment.parent in here:
            replies.setdefault(comment.parent or "", []).append(comment)
        else:
            heads.setdefault(comment.root, []).append(comment)
    return [
        comment
        for branch in sorted(heads.values(), key=_start)
        for head in sorted(branch, key=lambda head: head.parent is not None)
        for comment in _walk(head, replies)
    ]


def _start(heads: Sequence[CommentView]) -> tuple[str, str]:
    first = min(heads, key=lambda head: (head.parent is not None, head.created_at, head.id))
    return first.created_at, first.id


def _walk(head: CommentView, replies: dict[str, list[CommentView]]) -> Iterable[CommentView]:
    waiting = [head]
    while waiting:
        comment = waiting.pop()
        yield comment
        waiting.extend(reversed(replies.get(comment.id, ())))
