"""Posts: publish and edit; lists of them and their histories. What else is done to one is in acts.py."""

from domain import ids
from domain.errors import Invalid
from domain.post import EditPost, NewPost
from readmodel.engine.queries import FindPosts, HistoryAfter, PopularTags
from readmodel.engine.views import Page
from readmodel.search import SearchPosts
from webapp.site.database import ask

from . import edits, pagination, visibility
from .operations import Call, Operation, Reply, location
from .schema import request_bodies, response_bodies


class Tags(response_bodies.Answer, frozen=True, kw_only=True):
    """Most used first; next is always null."""

    items: list[response_bodies.Tag]
    next: str | None = None


def list_posts(call: Call) -> Reply:
    """Posts by author, tag, words, comments or likes. With q the best matches come first, so that there is no sort, and
    a page may be short although there is a next one."""
    wanted: request_bodies.Posts = call.query
    if wanted.q is not None:
        return _searched(call, wanted, wanted.q)
    sort = wanted.sort or "new"
    found = ask(
        FindPosts(
            author=wanted.author,
            tag=wanted.tag,
            has=wanted.has,
            min_likes=wanted.min_likes,
            sort=sort,
            viewer=call.viewer,
            after=pagination.after(call),
            limit=wanted.limit,
        )
    )
    return pagination.page(call, found)


def _searched(call: Call, wanted: request_bodies.Posts, q: str) -> Reply:
    if wanted.sort is not None:
        raise Invalid({"sort": "With q the best matches come first: leave sort out."})
    page = ask(
        SearchPosts(
            q=q,
            author=wanted.author,
            tag=wanted.tag,
            viewer=call.viewer,
            after=pagination.after(call),
            limit=wanted.limit,
        )
    )
    likes = max(wanted.min_likes, wanted.has == "likes")
    comments = int(wanted.has == "comments")
    fitting = [view for view in page.items if view.likes >= likes and view.comments >= comments]
    return pagination.page(call, Page(items=fitting, next=page.next))


def show_post(call: Call) -> Reply:
    """One post. 410 where it was removed, but for its author and moderators."""
    found = visibility.post(call, call.ids["id"])
    return Reply(found, {"ETag": f'"{found.version}"'})


def post_history(call: Call) -> Reply:
    """Every version of a post, oldest first: who, when, why."""
    visibility.post(call, call.ids["id"])
    return history(call, f"post-{call.ids['id']}")


def history(call: Call, stream: str) -> Reply:
    wanted: request_bodies.History = call.query
    found = ask(HistoryAfter(stream=stream, after=pagination.after(call), limit=wanted.limit))
    return pagination.page(call, found)


def list_tags(call: Call) -> Reply:
    """The tags in use."""
    found = ask(PopularTags(limit=call.query.limit))
    return Reply(Tags(items=[response_bodies.Tag(tag=tag, posts=posts) for tag, posts in found]))


def new_post(call: Call) -> Reply:
    """Publish a post."""
    wanted: request_bodies.PostText = call.body
    receipt = call.send(NewPost(post=ids.uuid7(), title=wanted.title, body=wanted.body, url=wanted.url))
    return pagination.versioned(receipt, location(f"/posts/{receipt.subject}"))


def edit_post(call: Call) -> Reply:
    """Edit a post. If-Match names the version that you saw: a text that changed meanwhile is never overwritten."""
    wanted: request_bodies.PostEdit = call.body
    command = EditPost(
        post=call.ids["id"],
        version=call.edited,
        title=wanted.title,
        body=wanted.body,
        url=wanted.url,
        reason=wanted.reason,
    )
    return pagination.versioned(edits.send_post_edit(call, command))


OPERATIONS = (
    Operation(
        method="GET", path="/posts", handler=list_posts, scope="read", public=True,
        query=request_bodies.Posts, answer=response_bodies.Page[response_bodies.Post],
    ),
    Operation(
        method="GET", path="/posts/{id}", handler=show_post, scope="read", public=True,
        answer=response_bodies.Post, etag=True, refusals=(410,),
    ),
    Operation(
        method="GET", path="/posts/{id}/history", handler=post_history, scope="read", public=True,
        query=request_bodies.History, answer=response_bodies.Page[response_bodies.Step], refusals=(410,),
    ),
    Operation(
        method="GET", path="/tags", handler=list_tags, scope="read", public=True, query=request_bodies.Tags,
        answer=Tags,
    ),
    Operation(
        method="POST", path="/posts", handler=new_post, scope="write",
        body=request_bodies.PostText, query=request_bodies.Waiting,
        answer=response_bodies.Accepted, status=201, refusals=(409,),
    ),
    Operation(
        method="PUT", path="/posts/{id}", handler=edit_post, scope="write",
        body=request_bodies.PostEdit, query=request_bodies.Waiting,
        answer=response_bodies.Accepted, edits=True, conditional=True, refusals=(409, 410),
    ),
)  # fmt: skip
