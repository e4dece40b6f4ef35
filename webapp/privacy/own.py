"""What is somebody's own, and shown to nobody else."""

from flask_babel import lazy_gettext

from .kinds import AS_LONG_AS_THE_SITE, MODERATORS, RECEIVER, YOU, Configured, Group, Kind, Until

_IN_THE_CHAIN = lazy_gettext("That it was made and taken back, its number and when, in the chain of hashes.")

OWN = Group(
    id="own",
    name=lazy_gettext("What is yours alone"),
    kinds=(
        Kind(
            id="password",
            name=lazy_gettext("Your password"),
            what=lazy_gettext(
                "A hash (argon2id) that it can be checked against. Nobody can read the password out of it."
            ),
            seen_by=(),
            kept=Until(lazy_gettext("until you leave")),
            then=lazy_gettext("All hashes are erased. After a change the earlier one is of no use any more."),
            stays=lazy_gettext("Those in backups, as long as these are kept; they are shown nowhere."),
        ),
        Kind(
            id="sessions",
            name=lazy_gettext("That you are logged in"),
            what=lazy_gettext(
                "A digest of your browser’s cookie, your account’s id, and when you logged in. No address, and no "
                "browser."
            ),
            seen_by=(),
            kept=Configured("sessions", lazy_gettext("after you logged in, unless you log out before")),
            then=lazy_gettext("It is deleted, and you log in again."),
            tables=("sessions",),
        ),
        Kind(
            id="drafts",
            name=lazy_gettext("Drafts"),
            what=lazy_gettext(
                "What you have begun to write, and the last form that you sent while you weren’t logged in."
            ),
            seen_by=(YOU,),
            kept=Configured(
                "drafts", lazy_gettext("after you last touched it, unless you publish or discard it before")
            ),
            tables=("drafts",),
        ),
        Kind(
            id="visits",
            name=lazy_gettext("Threads you opened"),
            what=lazy_gettext(
                "When you were last in a thread, and the time before: what is new there is marked by it."
            ),
            seen_by=(YOU,),
            kept=Configured("visits", lazy_gettext("after you were there")),
            tables=("thread_visits",),
        ),
        Kind(
            id="notifications",
            name=lazy_gettext("Notifications"),
            what=lazy_gettext("Answers to you, mentions of you, and what moderators did to what is yours."),
            seen_by=(YOU,),
            kept=Configured("notifications", lazy_gettext("after it happened")),
            then=lazy_gettext("It isn’t shown or counted any more."),
            stays=lazy_gettext("What it was about: notifications are made of it, and hold no words of their own."),
            tables=("notifications", "moderation_notices"),
        ),
        Kind(
            id="reports",
            name=lazy_gettext("What you reported"),
            what=lazy_gettext(
                "What you reported to moderators, your words, and what came of it; how often moderators agreed."
            ),
            seen_by=(YOU, MODERATORS),
            kept=Until(lazy_gettext("until you leave, or an admin erases it")),
            then=lazy_gettext("Your words are gone for good."),
            stays=lazy_gettext("That it was reported, as what, and when. If you leave, not by whom."),
            tables=("reports", "case_reports", "reporter_counts", "reporting_pauses"),
        ),
        Kind(
            id="decisions",
            name=lazy_gettext("What was decided about you"),
            what=lazy_gettext(
                "What moderators decided about you or what you wrote and why, warnings and strikes, and your appeals."
            ),
            seen_by=(YOU, MODERATORS),
            kept=Until(AS_LONG_AS_THE_SITE),
            then=lazy_gettext("A strike counts until it ends. Words of moderators and of appeals may be erased."),
            stays=lazy_gettext("That it was decided, by whom, and when."),
            tables=(
                "decisions",
                "warnings",
                "strikes",
                "appeals",
                "appeal_replies",
                "moderation_words",
                "bulk_removals",
                "bulk_removal_parts",
            ),
        ),
        Kind(
            id="cases",
            name=lazy_gettext("Moderators’ work"),
            what=lazy_gettext("Who looks at what was reported, and what moderators note about it or about somebody."),
            seen_by=(MODERATORS,),
            kept=Until(AS_LONG_AS_THE_SITE),
            then=lazy_gettext("Notes may be erased by an admin."),
            stays=lazy_gettext("That something was noted, by whom, and when."),
            tables=("cases", "case_notes", "account_notes"),
        ),
        Kind(
            id="read-until",
            name=lazy_gettext("What you have read"),
            what=lazy_gettext("The moment up to which you have read your notifications."),
            seen_by=(YOU,),
            kept=Until(lazy_gettext("until you read more of them")),
            then=lazy_gettext("A later moment takes its place."),
            tables=("notification_reads",),
        ),
        Kind(
            id="tokens",
            name=lazy_gettext("API tokens"),
            what=lazy_gettext("A digest of each, what you call it, what it may do, and until when."),
            seen_by=(YOU,),
            kept=Until(AS_LONG_AS_THE_SITE),
            then=lazy_gettext(
                "A token that was taken back or has run out opens nothing, and isn’t listed. When you leave, all are "
                "taken back, and what you call them is erased."
            ),
            stays=lazy_gettext("The rest, in the store of events; it is shown nowhere."),
            tables=("tokens",),
        ),
        Kind(
            id="token-uses",
            name=lazy_gettext("When a token was used"),
            what=lazy_gettext("The last time that a program came with it, to the minute."),
            seen_by=(YOU,),
            kept=Configured("token_uses", lazy_gettext("after it was last used")),
            tables=("token_uses",),
        ),
        Kind(
            id="answers",
            name=lazy_gettext("Answers to calls with a key"),
            what=lazy_gettext("What a program was answered, so that the same call again has no second effect."),
            seen_by=(YOU,),
            kept=Configured("answers", lazy_gettext("after the first call")),
            tables=("kept_answers",),
        ),
        Kind(
            id="takeouts",
            name=lazy_gettext("Takeouts"),
            what=lazy_gettext("What you had the site pack for you: all that is yours, as one file."),
            seen_by=(YOU,),
            kept=Configured("takeouts", lazy_gettext("after it was made")),
            tables=("takeouts", "takeout_files", "takeout_pieces"),
        ),
        Kind(
            id="webhooks",
            name=lazy_gettext("Webhooks"),
            what=lazy_gettext("The address, what is sent there, and what you call it."),
            seen_by=(YOU,),
            kept=Until(lazy_gettext("until you remove it, or leave")),
            then=lazy_gettext("Address and description are gone for good, and so is what waited."),
            stays=_IN_THE_CHAIN,
            tables=("webhooks", "webhook_targets"),
        ),
        Kind(
            id="deliveries",
            name=lazy_gettext("What was delivered to a webhook"),
            what=lazy_gettext(
                "Which event, when it was tried, and what the program answered. What waits stays until it is sent."
            ),
            seen_by=(YOU, RECEIVER),
            kept=Configured("deliveries", lazy_gettext("after it was delivered")),
            tables=("webhook_deliveries",),
        ),
        Kind(
            id="failed-deliveries",
            name=lazy_gettext("What couldn’t be delivered"),
            what=lazy_gettext("The same of what was given up, so that you can have it sent again."),
            seen_by=(YOU,),
            kept=Configured("failed_deliveries", lazy_gettext("after it was given up")),
            tables=("webhook_deliveries",),
        ),
    ),
)
