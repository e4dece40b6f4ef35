"""The rows of the catalogue about accounts and leaving, and likes, which are told of nowhere."""

from domain import account, leaving, like, reasons
from domain.errors import Sentence
from domain.moderation import suspension

from .act import Act, Final, Form, Reason, Told, Undo

ON_ITS_PAGE = Final("The account's page has a button for the opposite.")
LEFT = Final("Whoever gave them has left.")

ACTS: tuple[Act, ...] = (
    Act(
        subject="like", command=like.Like, event=like.Liked, by="anyone",
        changes="liked", to=True, undo=Undo(like.Unlike, Sentence("Your like is counted.")), name=Sentence("Liked"),
        badge=None, form=None, told=None,
    ),
    Act(
        subject="like", command=like.Unlike, event=like.Unliked, by="anyone",
        changes="liked", to=False, undo=Undo(like.Like, Sentence("Your like is taken back.")), name=Sentence("Unliked"),
        badge=None, form=None, told=None,
    ),
    Act(
        subject="account", command=account.RegisterAccount, event=account.AccountRegistered, by="anyone",
        changes="profile", to=None, undo=Final("Nobody can unregister."), name=Sentence("Account registered"),
        badge=None, form=None,
        told=Told(history=None, log=Sentence("%(who)s registered [%(name)s]"), owner=None),
    ),
    Act(
        subject="account", command=account.EditProfile, event=account.ProfileEdited, by="oneself",
        changes="profile", to=None, undo=Final("Its owner edits it again."), name=Sentence("Profile edited"),
        badge=None, form=None,
        told=Told(
            history=None, log=Sentence("%(who)s edited the profile of [%(name)s]"),
            owner=Sentence("%(who)s edited the profile of [your account]"),
        ),
    ),
    Act(
        subject="account", command=account.EraseProfile, event=account.ProfileErased, by="admin",
        changes="profile", to=None, undo=Final("What is erased is nowhere any more."), name=Sentence("Profile erased"),
        badge=None,
        told=Told(
            history=None, log=Sentence("%(who)s erased the profile of [%(name)s] for good"),
            owner=Sentence("%(who)s erased the profile of [your account] for good"),
        ),
        form=Form(
            verb="erase", button=Sentence("Erase for good"), reason=Reason(of="everybody", required=True, title=None),
            summary="Take somebody's name and words about themselves out of the store, for good. For admins.",
        ),
    ),
    Act(
        subject="account", command=account.GrantRole, event=account.RoleGranted, by="admin",
        changes="roles", to=None, undo=ON_ITS_PAGE, name=Sentence("Role granted"), badge=None, form=None,
        told=Told(
            history=None, log=Sentence("%(who)s gave a role to [%(name)s]"),
            owner=Sentence("%(who)s gave you [a role]"),
        ),
    ),
    Act(
        subject="account", command=account.RevokeRole, event=account.RoleRevoked, by="admin",
        changes="roles", to=None, undo=ON_ITS_PAGE, name=Sentence("Role revoked"), badge=None, form=None,
        told=Told(
            history=None, log=Sentence("%(who)s took a role from [%(name)s]"),
            owner=Sentence("%(who)s took [a role] from you"),
        ),
    ),
    Act(
        subject="account", command=suspension.SuspendAccount, event=suspension.AccountSuspended, by="moderator",
        changes="suspended", to=True, undo=ON_ITS_PAGE, name=Sentence("Account suspended"), badge=None,
        told=Told(
            history=None, log=Sentence("%(who)s suspended [%(name)s]"),
            owner=Sentence("%(who)s suspended [your account]"),
        ),
        form=Form(
            verb="suspend", button=Sentence("Suspend"), reason=Reason(of="everybody", required=True, title=None),
            summary="Suspend somebody: they can change nothing until it ends or they are reinstated. Again: other end.",
        ),
    ),
    Act(
        subject="account", command=suspension.ReinstateAccount, event=suspension.AccountReinstated, by="moderator",
        changes="suspended", to=False, undo=ON_ITS_PAGE, name=Sentence("Account reinstated"), badge=None,
        told=Told(
            history=None, log=Sentence("%(who)s reinstated [%(name)s]"),
            owner=Sentence("%(who)s reinstated [your account]"),
        ),
        form=Form(
            verb="reinstate", button=Sentence("Reinstate"), reason=Reason(of="everybody", required=False, title=None),
            summary="Reinstate somebody suspended.",
        ),
    ),
    Act(
        subject="account", command=leaving.Leave, event=leaving.ClosureOrdered, by="oneself or admin",
        changes="leaving", to=True, undo=Final("Its owner logs in again, or an admin brings them back."),
        name=Sentence("Closing ordered"), badge=None, form=None,
        told=Told(
            history=None, log=Sentence("%(who)s began to close [an account]"),
            owner=Sentence("%(who)s began to close [your account]"),
        ),
    ),
    Act(
        subject="account", command=leaving.EraseAccount, event=leaving.AccountErased, by="nobody",
        changes="leaving", to=None, undo=Final("What is erased is nowhere any more."), name=Sentence("Account closed"),
        badge=None, form=None,
        told=Told(history=None, log=Sentence("%(who)s left: [the account] is closed"), owner=None),
    ),
    Act(
        subject="account", command=reasons.EraseAccountReasons, event=reasons.AccountReasonsErased, by="nobody",
        changes="profile", to=None, undo=LEFT, name=Sentence("Reasons erased"), badge=None, form=None,
        told=Told(
            history=None, log=Sentence("%(who)s left, and their reasons about [%(name)s] went with them"), owner=None,
        ),
    ),
    Act(
        subject="post", command=reasons.ErasePostReasons, event=reasons.PostReasonsErased, by="nobody",
        changes="reasons", to=None, undo=LEFT, name=Sentence("Reasons erased"), badge=None, form=None,
        told=Told(
            history=Sentence("%(who)s left, and their reasons went with them"),
            log=Sentence("%(who)s left, and their reasons about [a post] went with them"), owner=None,
        ),
    ),
    Act(
        subject="comment", command=reasons.EraseCommentReasons, event=reasons.CommentReasonsErased, by="nobody",
        changes="reasons", to=None, undo=LEFT, name=Sentence("Reasons erased"), badge=None, form=None,
        told=Told(
            history=Sentence("%(who)s left, and their reasons went with them"),
            log=Sentence("%(who)s left, and their reasons about [a comment] went with them"), owner=None,
        ),
    ),
)  # fmt: skip
