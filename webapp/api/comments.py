"""Comments: read a thread, add and edit. What else is done to one is in acts.py."""

from domain import ids
from domain.comment import AddComment, EditComment
from domain.errors import Removed
from readmodel.engine.queries import CommentsOf, ThreadOf
from readmodel.search import SearchComments
from webapp.site.database import ask

from . import edits, pagination, visibility
from .operations import Call, Operation, Reply, location
from .posts import history
from .schema import request_bodies, response_bodies


def list_comments(call: Call) -> Reply:
    """The comments of a post. A removed one stays as a tombstone without its text."""
    wanted: request_bodies.Comments = call.query
    id = call.ids["id"]
    visibility.post(call, id)
    kind = ThreadOf if wanted.order == "thread" else CommentsOf
    found = ask(kind(post=id, viewer=call.viewer, after=pagination.after(call), limit=wanted.limit))
    return pagination.page(call, found, response_bodies.tombstone)


def search_comments(call: Call) -> Reply:
    """Comments with these words, newest first. A page may be short although there is a next one."""
    wanted: request_bodies.Words = call.query
    after = pagination.after(call)
    found = ask(SearchComments(q=wanted.q, author=wanted.author, viewer=call.viewer, after=after, limit=wanted.limit))
    return pagination.page(call, found, response_bodies.tombstone)


def show_comment(call: Call) -> Reply:
    """One comment. Its author and moderators see the words of a removed one."""
    found = visibility.comment(call, call.ids["id"])
    shown = found if visibility.sees_text(call, found) else response_bodies.tombstone(found)
    return Reply(shown, {"ETag": f'"{found.version}"'})


def comment_history(call: Call) -> Reply:
    """Every version of a comment, oldest first: who, when, why."""
    found = visibility.comment(call, call.ids["id"])
    if not visibility.sees_text(call, found):
        raise Removed("This comment was removed. Its author and moderators can still see its history.")
    return history(call, f"comment-{found.id}")


def add_comment(call: Call) -> Reply:
    """Comment on a post, or answer a comment (parent)."""
    wanted: request_bodies.NewComment = call.body
    parent = wanted.parent and wanted.parent.lower()
    command = AddComment(comment=ids.uuid7(), post=call.ids["id"], body=wanted.body, parent=parent)
    receipt = call.send(command)
    return pagination.versioned(receipt, location(f"/comments/{receipt.subject}"))


def edit_comment(call: Call) -> Reply:
    """Edit a comment. If-Match names the version that you saw."""
    wanted: request_bodies.CommentEdit = call.body
    command = EditComment(comment=call.ids["id"], version=call.edited, body=wanted.body, reason=wanted.reason)
    return pagination.versioned(edits.send_comment_edit(call, command))


OPERATIONS = (
    Operation(
        method="GET", path="/posts/{id}/comments", handler=list_comments, scope="read", public=True,
        query=request_bodies.Comments, answer=response_bodies.Page[response_bodies.Comment], refusals=(410,),
    ),
    Operation(
        method="GET", path="/comments", handler=search_comments, scope="read", public=True,
        query=request_bodies.Words, answer=response_bodies.Page[response_bodies.Comment],
    ),
    Operation(
        method="GET", path="/comments/{id}", handler=show_comment, scope="read", public=True,
        answer=response_bodies.Comment, etag=True, refusals=(410,),
    ),
    Operation(
        method="GET", path="/comments/{id}/history", handler=comment_history, scope="read", public=True,
        query=request_bodies.History, answer=response_bodies.Page[response_bodies.Step], refusals=(410,),
    ),
    Operation(
        method="POST", path="/posts/{id}/comments", handler=add_comment, scope="write",
        body=request_bodies.NewComment, query=request_bodies.Waiting,
        answer=response_bodies.Accepted, status=201, refusals=(409, 410),
    ),
    Operation(
        method="PUT", path="/comments/{id}", handler=edit_comment, scope="write",
        body=request_bodies.CommentEdit, query=request_bodies.Waiting,
        answer=response_bodies.Accepted, edits=True, conditional=True, refusals=(409, 410),
    ),
)  # fmt: skip
