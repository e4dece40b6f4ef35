"""Posts: publish, edit, remove, restore, lock, erase; lists of them and their histories."""

from domain import ids
from domain.errors import Invalid
from domain.post import EditPost, ErasePost, LockPost, NewPost, RemovePost, RestorePost, UnlockPost
from readmodel.queries import FindPosts, HistoryAfter, PopularTags
from readmodel.search import SearchPosts
from readmodel.views import Page
from webapp.database import ask

from . import answers, pages, requests, seeing
from .operations import Call, Operation, Reply, located


class Tags(answers.Answer, frozen=True, kw_only=True):
    """Most used first; next is always null."""

    items: list[answers.Tag]
    next: None = None


def list_posts(call: Call) -> Reply:
    """Posts by author, tag, words, comments or likes. With q the best matches come first, so that there is no sort, and
    a page may be short although there is a next one."""
    wanted: requests.Posts = call.query
    if wanted.q is not None:
        return _searched(call, wanted, wanted.q)
    sort = wanted.sort or "new"
    listing = f"api:posts:{sort}"
    found = ask(
        FindPosts(
            author=wanted.author,
            tag=wanted.tag,
            has=wanted.has,
            min_likes=wanted.min_likes,
            sort=sort,
            viewer=call.viewer,
            after=pages.after(listing, wanted.after),
            limit=wanted.limit,
        )
    )
    return pages.page(listing, found)


def _searched(call: Call, wanted: requests.Posts, q: str) -> Reply:
    if wanted.sort is not None:
        raise Invalid({"sort": "With q the best matches come first: leave sort out."})
    listing = f"api:posts:q:{q}"
    page = ask(
        SearchPosts(
            q=q,
            author=wanted.author,
            tag=wanted.tag,
            viewer=call.viewer,
            after=pages.after(listing, wanted.after),
            limit=wanted.limit,
        )
    )
    likes = max(wanted.min_likes, wanted.has == "likes")
    comments = int(wanted.has == "comments")
    fitting = [view for view in page.items if view.likes >= likes and view.comments >= comments]
    return pages.page(listing, Page(items=fitting, next=page.next))


def show_post(call: Call) -> Reply:
    """One post. 410 where it was removed, but for its author and moderators."""
    found = seeing.post(call, call.ids["id"])
    return Reply(found, {"ETag": f'"{found.version}"'})


def post_history(call: Call) -> Reply:
    """Every version of a post, oldest first: who, when, why."""
    seeing.post(call, call.ids["id"])
    return history(call, f"post-{call.ids['id']}")


def history(call: Call, stream: str) -> Reply:
    wanted: requests.History = call.query
    listing = f"api:history:{stream}"
    found = ask(HistoryAfter(stream=stream, after=pages.after(listing, wanted.after), limit=wanted.limit))
    return pages.page(listing, found)


def list_tags(call: Call) -> Reply:
    """The tags in use."""
    found = ask(PopularTags(limit=call.query.limit))
    return Reply(Tags(items=[answers.Tag(tag=tag, posts=posts) for tag, posts in found]))


def new_post(call: Call) -> Reply:
    """Publish a post."""
    wanted: requests.PostText = call.body
    receipt = call.send(NewPost(post=ids.uuid7(), title=wanted.title, body=wanted.body, url=wanted.url))
    return pages.versioned(receipt, located(f"/posts/{receipt.subject}"))


def edit_post(call: Call) -> Reply:
    """Edit a post. If-Match names the version that you saw: a text that changed meanwhile is never overwritten."""
    wanted: requests.PostEdit = call.body
    command = EditPost(
        post=call.ids["id"],
        version=call.version,
        title=wanted.title,
        body=wanted.body,
        url=wanted.url,
        reason=wanted.reason,
    )
    return pages.versioned(call.send(command))


def remove_post(call: Call) -> Reply:
    """Remove a post. A moderator says why."""
    return pages.versioned(call.send(RemovePost(post=call.ids["id"], reason=call.body.reason)))


def restore_post(call: Call) -> Reply:
    """Restore a removed post: an author what they removed themselves, a moderator anyone's."""
    return pages.versioned(call.send(RestorePost(post=call.ids["id"], reason=call.body.reason)))


def lock_post(call: Call) -> Reply:
    """Lock a thread: no new comments, no edits."""
    return pages.versioned(call.send(LockPost(post=call.ids["id"], reason=call.body.reason)))


def unlock_post(call: Call) -> Reply:
    """Open a locked thread again."""
    return pages.versioned(call.send(UnlockPost(post=call.ids["id"], reason=call.body.reason)))


def erase_post(call: Call) -> Reply:
    """Take every text that a post ever had out of the store, for good. For admins."""
    return pages.versioned(call.send(ErasePost(post=call.ids["id"], reason=call.body.reason)))


OPERATIONS = (
    Operation(
        method="GET", path="/posts", handler=list_posts, scope="read", public=True,
        query=requests.Posts, answer=answers.Page[answers.Post],
    ),
    Operation(
        method="GET", path="/posts/{id}", handler=show_post, scope="read", public=True,
        answer=answers.Post, etag=True, refusals=(410,),
    ),
    Operation(
        method="GET", path="/posts/{id}/history", handler=post_history, scope="read", public=True,
        query=requests.History, answer=answers.Page[answers.Step], refusals=(410,),
    ),
    Operation(
        method="GET", path="/tags", handler=list_tags, scope="read", public=True, query=requests.Tags, answer=Tags,
    ),
    Operation(
        method="POST", path="/posts", handler=new_post, scope="write",
        body=requests.PostText, query=requests.Waiting, answer=answers.Accepted, status=201, refusals=(409,),
    ),
    Operation(
        method="PUT", path="/posts/{id}", handler=edit_post, scope="write",
        body=requests.PostEdit, query=requests.Waiting, answer=answers.Accepted, edits=True, refusals=(409, 410),
    ),
    *(
        Operation(
            method=method, path=path, handler=handler, scope=scope,
            body=body, query=requests.Waiting, answer=answers.Accepted, refusals=(409,),
        )
        for method, path, handler, scope, body in (
            ("DELETE", "/posts/{id}", remove_post, "write", requests.Why),
            ("POST", "/posts/{id}/restore", restore_post, "write", requests.Why),
            ("POST", "/posts/{id}/lock", lock_post, "moderate", requests.Why),
            ("POST", "/posts/{id}/unlock", unlock_post, "moderate", requests.Why),
            ("POST", "/posts/{id}/erase", erase_post, "moderate", requests.OwedWhy),
        )
    ),
)  # fmt: skip
