"""Why there is no generation to read."""

from sqlalchemy.exc import SQLAlchemyError


class NoGeneration(Exception):
    """The read model was never migrated. The message says what to do."""


class GenerationGone(NoGeneration, SQLAlchemyError):
    """The live generation's tables have vanished, and no other one is whole. The projector fills a fresh one.

    To pages it is an error of the database like any other: they can't be read for a while.
    """
