"""What the site needs in order to run, and to be put right again."""

from datetime import timedelta

from flask_babel import lazy_gettext

from webapp.api.rate_limits import BY_OPERATION, CALLS_OF_ADDRESS
from webapp.server.rate_limits import BY_ADDRESS, BY_PERSON, SEARCHES, WRITES
from webapp.site.password_attempts import LIMITS

from .kinds import ADMINS, AS_LONG_AS_THE_SITE, OPERATORS, RECEIPT_HOLDER, Configured, Fixed, Group, Kind, Until

COUNTED_BY_ADDRESS = (
    WRITES,
    CALLS_OF_ADDRESS,
    *BY_ADDRESS.values(),
    *BY_PERSON.values(),
    *SEARCHES.values(),
    *BY_OPERATION.values(),
)
"""Or by handle or token."""
COUNTED_BY_HANDLE = LIMITS
_FROM_THE_FIRST = lazy_gettext("after the first that was counted")
_CLEARED = lazy_gettext("It is cleared within a minute.")

OPERATION = Group(
    id="operation",
    name=lazy_gettext("What the site runs on"),
    kinds=(
        Kind(
            id="counted-addresses",
            name=lazy_gettext("How often an address writes and searches"),
            what=lazy_gettext(
                "A number beside a keyed digest of your address or handle, so that nobody floods the site."
            ),
            seen_by=(),
            kept=Fixed(timedelta(seconds=max(one.seconds for one in COUNTED_BY_ADDRESS)), _FROM_THE_FIRST),
            then=_CLEARED,
        ),
        Kind(
            id="counted-passwords",
            name=lazy_gettext("Wrong passwords"),
            what=lazy_gettext(
                "A number beside a keyed digest of the handle that was tried. Right ones aren’t counted."
            ),
            seen_by=(),
            kept=Fixed(timedelta(seconds=max(one.seconds for one in COUNTED_BY_HANDLE)), _FROM_THE_FIRST),
            then=_CLEARED,
        ),
        Kind(
            id="logs",
            name=lazy_gettext("Log lines"),
            what=lazy_gettext(
                "Which page was asked for and when. No address, nothing searched for and nothing typed; of a request "
                "that can’t be read, the network it came from (a /24 or /48)."
            ),
            seen_by=(OPERATORS,),
            kept=Configured(
                "logs",
                lazy_gettext("as whoever runs the site says: the log is theirs, as is deleting it"),
                lazy_gettext("Whoever runs the site decides that, and hasn’t said it here."),
            ),
            then=lazy_gettext(
                "Verbatim itself keeps no log. A proxy in front of it may have one of its own, with addresses."
            ),
        ),
        Kind(
            id="counts",
            name=lazy_gettext("Measurements"),
            what=lazy_gettext(
                "How many requests, how long they took, how far the lists are behind: numbers, of nobody."
            ),
            seen_by=(ADMINS, OPERATORS),
            kept=Until(lazy_gettext("until the site is started again")),
        ),
        Kind(
            id="topic",
            name=lazy_gettext("Events on their way to the lists"),
            what=lazy_gettext("What happens is copied into Kafka, texts too; no password, token or webhook’s address."),
            seen_by=(OPERATORS,),
            kept=Configured("topic", lazy_gettext("after it happened")),
            then=lazy_gettext("Kafka deletes it. What is erased is gone from there by then at the latest."),
            topic=True,
        ),
        Kind(
            id="lists",
            name=lazy_gettext("The lists that pages are made of"),
            what=lazy_gettext(
                "Copies of what stands above, filled anew at times; the ones before are held ready for a way back."
            ),
            seen_by=(ADMINS, OPERATORS),
            kept=Until(lazy_gettext("until they are filled anew twice")),
            then=lazy_gettext("They are dropped. What is erased goes from all of them at once."),
            tables=(
                "streams",
                "checkpoints",
                "origin",
                "dead_letters",
                "gate",
                "generations",
                "live_generation",
                "scrubbed",
            ),
        ),
        Kind(
            id="notes",
            name=lazy_gettext("Notes of operation"),
            what=lazy_gettext(
                "Which admin had the lists filled anew, what was put right in them, when the last backup was made."
            ),
            seen_by=(ADMINS, OPERATORS),
            kept=Until(AS_LONG_AS_THE_SITE),
            then=lazy_gettext("The newest are shown."),
            stays=lazy_gettext("All of it."),
            tables=(
                "rebuild_requests",
                "repairs",
                "backup_runs",
                "heads",
                "webhook_cursor",
                "moderation_cursor",
                "moderation_set_aside",
            ),
        ),
        Kind(
            id="chain",
            name=lazy_gettext("The chain of hashes"),
            what=lazy_gettext(
                "Of all that happened: ids, numbers, times, and digests of the texts. It proves that nothing was "
                "altered."
            ),
            seen_by=(OPERATORS,),
            kept=Until(AS_LONG_AS_THE_SITE),
            then=lazy_gettext("Nothing is taken out of it; it never held your texts or your name."),
            stays=lazy_gettext("All of it."),
        ),
        Kind(
            id="backups",
            name=lazy_gettext("Backups"),
            what=lazy_gettext("Copies of all that happened, which whoever runs the site makes and keeps elsewhere."),
            seen_by=(OPERATORS,),
            kept=Configured("backups", lazy_gettext("after a copy was begun, where backups are made")),
            then=lazy_gettext("Copies that are older are deleted with the next backup."),
        ),
        Kind(
            id="departures",
            name=lazy_gettext("That an account was left"),
            what=lazy_gettext(
                "Its id, until when its owner could come back, how much was erased, and the ids of the commits."
            ),
            seen_by=(RECEIPT_HOLDER,),
            kept=Until(AS_LONG_AS_THE_SITE),
            then=lazy_gettext("It is the receipt, which doesn’t show the id. Whoever comes back has none any more."),
            stays=lazy_gettext("All of it."),
            tables=("departures", "departure_commits"),
        ),
        Kind(
            id="erasures",
            name=lazy_gettext("What was erased"),
            what=lazy_gettext(
                "The id and number of each version whose text was erased: a backup that is restored leaves it out by "
                "them."
            ),
            seen_by=(OPERATORS,),
            kept=Until(AS_LONG_AS_THE_SITE),
            then=lazy_gettext("No text comes back."),
            stays=lazy_gettext("All of it."),
            tables=("erasure_ledger",),
        ),
    ),
)
