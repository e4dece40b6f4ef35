"""Comments: read a thread, add, edit, remove, restore, erase."""

from domain import ids
from domain.comment import AddComment, EditComment, EraseComment, RemoveComment, RestoreComment
from domain.errors import Removed
from readmodel.queries import CommentsOf, ThreadOf
from readmodel.search import SearchComments
from webapp.database import ask

from . import answers, pages, requests, seeing
from .operations import Call, Operation, Reply, located
from .posts import history


def list_comments(call: Call) -> Reply:
    """The comments of a post. A removed one stays as a tombstone without its text."""
    wanted: requests.Comments = call.query
    id = call.ids["id"]
    seeing.post(call, id)
    listing = f"api:comments:{wanted.order}:{id}"
    kind = ThreadOf if wanted.order == "thread" else CommentsOf
    found = ask(kind(post=id, viewer=call.viewer, after=pages.after(listing, wanted.after), limit=wanted.limit))
    return pages.page(listing, found, answers.tombstone)


def search_comments(call: Call) -> Reply:
    """Comments with these words, newest first. A page may be short although there is a next one."""
    wanted: requests.Words = call.query
    listing = f"api:comments:q:{wanted.q}"
    after = pages.after(listing, wanted.after)
    found = ask(SearchComments(q=wanted.q, author=wanted.author, viewer=call.viewer, after=after, limit=wanted.limit))
    return pages.page(listing, found, answers.tombstone)


def show_comment(call: Call) -> Reply:
    """One comment. Its author and moderators see the words of a removed one."""
    found = seeing.comment(call, call.ids["id"])
    shown = found if found.removed and seeing.removed(call, found) else answers.tombstone(found)
    return Reply(shown, {"ETag": f'"{found.version}"'})


def comment_history(call: Call) -> Reply:
    """Every version of a comment, oldest first: who, when, why."""
    found = seeing.comment(call, call.ids["id"])
    if found.removed and not seeing.removed(call, found):
        raise Removed("This comment was removed. Its author and moderators can still see its history.")
    return history(call, f"comment-{found.id}")


def add_comment(call: Call) -> Reply:
    """Comment on a post, or answer a comment (parent)."""
    wanted: requests.NewComment = call.body
    command = AddComment(comment=ids.uuid7(), post=call.ids["id"], body=wanted.body, parent=wanted.parent)
    receipt = call.send(command)
    return pages.versioned(receipt, located(f"/comments/{receipt.subject}"))


def edit_comment(call: Call) -> Reply:
    """Edit a comment. If-Match names the version that you saw."""
    wanted: requests.CommentEdit = call.body
    command = EditComment(comment=call.ids["id"], version=call.version, body=wanted.body, reason=wanted.reason)
    return pages.versioned(call.send(command))


def remove_comment(call: Call) -> Reply:
    """Remove a comment. A moderator says why."""
    return pages.versioned(call.send(RemoveComment(comment=call.ids["id"], reason=call.body.reason)))


def restore_comment(call: Call) -> Reply:
    """Restore a removed comment: an author what they removed themselves, a moderator anyone's."""
    return pages.versioned(call.send(RestoreComment(comment=call.ids["id"], reason=call.body.reason)))


def erase_comment(call: Call) -> Reply:
    """Take every text that a comment ever had out of the store, for good. For admins."""
    return pages.versioned(call.send(EraseComment(comment=call.ids["id"], reason=call.body.reason)))


OPERATIONS = (
    Operation(
        method="GET", path="/posts/{id}/comments", handler=list_comments, scope="read", public=True,
        query=requests.Comments, answer=answers.Page[answers.Comment], refusals=(410,),
    ),
    Operation(
        method="GET", path="/comments", handler=search_comments, scope="read", public=True,
        query=requests.Words, answer=answers.Page[answers.Comment],
    ),
    Operation(
        method="GET", path="/comments/{id}", handler=show_comment, scope="read", public=True,
        answer=answers.Comment, etag=True, refusals=(410,),
    ),
    Operation(
        method="GET", path="/comments/{id}/history", handler=comment_history, scope="read", public=True,
        query=requests.History, answer=answers.Page[answers.Step], refusals=(410,),
    ),
    Operation(
        method="POST", path="/posts/{id}/comments", handler=add_comment, scope="write",
        body=requests.NewComment, query=requests.Waiting, answer=answers.Accepted, status=201, refusals=(409, 410),
    ),
    Operation(
        method="PUT", path="/comments/{id}", handler=edit_comment, scope="write",
        body=requests.CommentEdit, query=requests.Waiting, answer=answers.Accepted, edits=True, refusals=(409, 410),
    ),
    *(
        Operation(
            method=method, path=path, handler=handler, scope=scope,
            body=body, query=requests.Waiting, answer=answers.Accepted, refusals=(409, 410),
        )
        for method, path, handler, scope, body in (
            ("DELETE", "/comments/{id}", remove_comment, "write", requests.Why),
            ("POST", "/comments/{id}/restore", restore_comment, "write", requests.Why),
            ("POST", "/comments/{id}/erase", erase_comment, "moderate", requests.OwedWhy),
        )
    ),
)  # fmt: skip
