"""What somebody did, as whole sentences: on the page of the thing, in the moderators' log, to whom it was done.

Each is a message of its own, since languages order and bend the words of a sentence differently. `who` and `thing` are
links.
"""

from flask_babel import gettext
from markupsafe import Markup, escape

from domain.errors import Sentence

HERE = {
    "PostPublished": Sentence("%(who)s published this post"),
    "PostEdited": Sentence("%(who)s edited this post"),
    "PostRemoved": Sentence("%(who)s removed this post"),
    "PostRestored": Sentence("%(who)s restored this post"),
    "PostLocked": Sentence("%(who)s locked the thread of this post"),
    "PostUnlocked": Sentence("%(who)s unlocked the thread of this post"),
    "PostErased": Sentence("%(who)s erased every text of this post for good"),
    "CommentAdded": Sentence("%(who)s wrote this comment"),
    "CommentEdited": Sentence("%(who)s edited this comment"),
    "CommentRemoved": Sentence("%(who)s removed this comment"),
    "CommentRestored": Sentence("%(who)s restored this comment"),
    "CommentErased": Sentence("%(who)s erased every text of this comment for good"),
}
LOGGED = {
    "PostPublished": Sentence('%(who)s published <a class="strong" href="%(href)s">a post</a>'),
    "PostEdited": Sentence('%(who)s edited <a class="strong" href="%(href)s">a post</a>'),
    "PostRemoved": Sentence('%(who)s removed <a class="strong" href="%(href)s">a post</a>'),
    "PostRestored": Sentence('%(who)s restored <a class="strong" href="%(href)s">a post</a>'),
    "PostLocked": Sentence('%(who)s locked the thread of <a class="strong" href="%(href)s">a post</a>'),
    "PostUnlocked": Sentence('%(who)s unlocked the thread of <a class="strong" href="%(href)s">a post</a>'),
    "PostErased": Sentence('%(who)s erased every text of <a class="strong" href="%(href)s">a post</a> for good'),
    "CommentAdded": Sentence('%(who)s wrote <a class="strong" href="%(href)s">a comment</a>'),
    "CommentEdited": Sentence('%(who)s edited <a class="strong" href="%(href)s">a comment</a>'),
    "CommentRemoved": Sentence('%(who)s removed <a class="strong" href="%(href)s">a comment</a>'),
    "CommentRestored": Sentence('%(who)s restored <a class="strong" href="%(href)s">a comment</a>'),
    "CommentErased": Sentence('%(who)s erased every text of <a class="strong" href="%(href)s">a comment</a> for good'),
    "AccountRegistered": Sentence('%(who)s registered <a class="strong" href="%(href)s">%(name)s</a>'),
    "ProfileEdited": Sentence('%(who)s edited the profile of <a class="strong" href="%(href)s">%(name)s</a>'),
    "ProfileErased": Sentence('%(who)s erased the profile of <a class="strong" href="%(href)s">%(name)s</a> for good'),
    "RoleGranted": Sentence('%(who)s gave a role to <a class="strong" href="%(href)s">%(name)s</a>'),
    "RoleRevoked": Sentence('%(who)s took a role from <a class="strong" href="%(href)s">%(name)s</a>'),
    "AccountSuspended": Sentence('%(who)s suspended <a class="strong" href="%(href)s">%(name)s</a>'),
    "AccountReinstated": Sentence('%(who)s reinstated <a class="strong" href="%(href)s">%(name)s</a>'),
}
TO_YOU = {
    "PostEdited": Sentence("%(who)s edited your post %(thing)s"),
    "PostRemoved": Sentence("%(who)s removed your post %(thing)s"),
    "PostRestored": Sentence("%(who)s restored your post %(thing)s"),
    "PostLocked": Sentence("%(who)s locked the thread of your post %(thing)s"),
    "PostUnlocked": Sentence("%(who)s unlocked the thread of your post %(thing)s"),
    "PostErased": Sentence("%(who)s erased every text of your post for good %(thing)s"),
    "CommentEdited": Sentence("%(who)s edited your comment on %(thing)s"),
    "CommentRemoved": Sentence("%(who)s removed your comment on %(thing)s"),
    "CommentRestored": Sentence("%(who)s restored your comment on %(thing)s"),
    "CommentErased": Sentence("%(who)s erased every text of your comment for good on %(thing)s"),
    "ProfileEdited": Sentence("%(who)s edited the profile of your account %(thing)s"),
    "ProfileErased": Sentence("%(who)s erased the profile of your account for good %(thing)s"),
    "RoleGranted": Sentence("%(who)s gave you a role %(thing)s"),
    "RoleRevoked": Sentence("%(who)s took a role from you %(thing)s"),
    "AccountSuspended": Sentence("%(who)s suspended your account %(thing)s"),
    "AccountReinstated": Sentence("%(who)s reinstated your account %(thing)s"),
    "answer": Sentence("%(who)s commented on %(thing)s"),
    "answer to comment": Sentence("%(who)s answered your comment on %(thing)s"),
    "mention": Sentence("%(who)s mentioned you in %(thing)s"),
    "mention in comment": Sentence("%(who)s mentioned you on %(thing)s"),
}


def here(type: str, who: Markup) -> Markup:
    """On the thing's own page. An act that has no words here yet is told by its event's name."""
    return _said(HERE.get(type), type, who=who)


def logged(type: str, who: Markup, href: str, name: str) -> Markup:
    return _said(LOGGED.get(type), type, who=who, href=href, name=name)


def to_you(what: str, who: Markup, thing: Markup) -> Markup:
    return _said(TO_YOU.get(what), what, who=who, thing=thing)


def _said(sentence: Sentence | None, type: str, **values: str) -> Markup:
    template = gettext(sentence) if sentence else f"%(who)s: {escape(type)}"
    return Markup(template) % {name: escape(value) for name, value in values.items()}
