"""What people publish, and what others do to it."""

from flask_babel import lazy_gettext

from .kinds import EVERYBODY, Group, Kind, Until

_WRITTEN_BY_WHOM = lazy_gettext("Who wrote which version, its number and when, and a digest in the chain of hashes.")

PUBLISHED = Group(
    id="published",
    name=lazy_gettext("What you publish"),
    kinds=(
        Kind(
            id="texts",
            name=lazy_gettext("Posts and comments"),
            what=lazy_gettext(
                "Titles, texts, links and tags, with every earlier version, and the words that search finds."
            ),
            seen_by=(EVERYBODY,),
            kept=Until(lazy_gettext("until you leave and choose so, or an admin erases it")),
            then=lazy_gettext(
                "What is removed is shown to its author and moderators only. What is erased is gone for good, here; "
                "who read or fetched it before may have a copy."
            ),
            stays=_WRITTEN_BY_WHOM,
            tables=("posts", "comments", "history", "post_tags", "tag_counts", "words", "awaited"),
        ),
        Kind(
            id="profile",
            name=lazy_gettext("Your profile"),
            what=lazy_gettext(
                "Handle, name, what you say about yourself, when you came, roles, and how much you wrote."
            ),
            seen_by=(EVERYBODY,),
            kept=Until(lazy_gettext("until you leave, or an admin erases it")),
            then=lazy_gettext("Name and words about you are gone for good; if you have left, your handle, too."),
            stays=lazy_gettext("Your roles and when they changed, numbers and times; your handle, unless you leave."),
            tables=("accounts", "author_counts", "name_words"),
        ),
        Kind(
            id="former-handles",
            name=lazy_gettext("What you were called before"),
            what=lazy_gettext(
                "Earlier handles: links with them lead to you, and nobody else may have them for a year."
            ),
            seen_by=(EVERYBODY,),
            kept=Until(lazy_gettext("for a year, and then until somebody else claims it; or until you leave")),
            then=lazy_gettext("The handle is gone for good."),
            stays=lazy_gettext("If you have left, a keyed digest, by which nobody else has it for a year."),
            tables=("former_handles",),
        ),
        Kind(
            id="likes",
            name=lazy_gettext("Likes"),
            what=lazy_gettext("What you like. Pages show how many do; the API tells who."),
            seen_by=(EVERYBODY,),
            kept=Until(lazy_gettext("until you take it back")),
            then=lazy_gettext("It isn’t counted any more."),
            stays=lazy_gettext(
                "That you liked it and took that back, and when. If you leave, your likes stay, but not your name."
            ),
            tables=("likes",),
        ),
        Kind(
            id="moderation",
            name=lazy_gettext("What moderators did"),
            what=lazy_gettext("Who removed, locked, suspended or restored what, when, and why."),
            seen_by=(EVERYBODY,),
            kept=Until(
                lazy_gettext(
                    "until an admin erases what it was about, or whoever did it leaves and has their texts erased: "
                    "either takes the reasons along"
                )
            ),
            then=lazy_gettext(
                "The moderation log shows the reason to everybody; of what is removed, the history only to those who "
                "see its text."
            ),
            stays=lazy_gettext("Who did what, and when."),
            tables=("moderation_log",),
        ),
        Kind(
            id="rules",
            name=lazy_gettext("The site’s rules"),
            what=lazy_gettext(
                "What admins publish as rules and set as limits for new accounts, each version of it, and who did so "
                "when."
            ),
            seen_by=(EVERYBODY,),
            kept=Until(lazy_gettext("for good: decisions cite them")),
            then=lazy_gettext("Earlier versions stay readable."),
            stays=lazy_gettext("Every version. If whoever published it leaves, it stays, but not their name."),
            tables=("rule_versions", "rules", "newcomer_limits"),
        ),
    ),
)
