"""The rows of the catalogue about accounts, and likes, which are told of nowhere."""

from domain import account, like
from domain.errors import Sentence

from .act import Act, Final, Form, Reason, Told, Undo

ON_ITS_PAGE = Final("The account's page has a button for the opposite.")

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
        subject="account", command=account.SuspendAccount, event=account.AccountSuspended, by="moderator",
        changes="suspended", to=True, undo=ON_ITS_PAGE, name=Sentence("Account suspended"), badge=None,
        told=Told(
            history=None, log=Sentence("%(who)s suspended [%(name)s]"),
            owner=Sentence("%(who)s suspended [your account]"),
        ),
        form=Form(
            verb="suspend", button=Sentence("Suspend"), reason=Reason(of="everybody", required=True, title=None),
            summary="Suspend somebody: they can change nothing until reinstated.",
        ),
    ),
    Act(
        subject="account", command=account.ReinstateAccount, event=account.AccountReinstated, by="moderator",
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
)  # fmt: skip
