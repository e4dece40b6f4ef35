"""First answers by idempotency key: one for each person's key, kept across a migration."""

from threading import Barrier, Thread

from alembic import command
from sqlalchemy import Engine, text

from operational import idempotency
from operational.idempotency import Answer
from readmodel.engine.engines import writing
from readmodel.engine.migrate import script
from readmodel.generations.generations import Generations


def test_the_first_answer_stays(control: Engine) -> None:
    first = idempotency.keep(control, "ann", "k", Answer("request", "first"))
    assert idempotency.keep(control, "ann", "k", Answer("request", "second")) == first
    assert idempotency.find(control, "ann", "k") == first == Answer("request", "first")


def test_a_key_is_one_persons(control: Engine) -> None:
    idempotency.keep(control, "ann", "k", Answer("request", "first"))
    assert idempotency.find(control, "bob", "k") is None
    assert idempotency.id_for("ann", "k") == idempotency.id_for("ann", "k") != idempotency.id_for("bob", "k")


def test_of_several_at_once_all_get_the_one_answer_that_stands(control: Engine) -> None:
    start, given = Barrier(4), []

    def keep(number: int) -> None:
        start.wait()
        given.append(idempotency.keep(control, "ann", "k", Answer("request", str(number))))

    threads = [Thread(target=keep, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert given == [idempotency.find(control, "ann", "k")] * 4


def test_answers_of_the_table_there_was_for_unchanged_commands_are_still_given(generations: Generations) -> None:
    config = script("control")
    with writing(generations.control).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")
    other = idempotency.keep(generations.control, "bob", "k", Answer("request", "first"))
    idempotency.keep(generations.control, "ann", "k", Answer("digest", "unused"))
    with generations.control.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO unchanged_commands SELECT id, said, 'like-x', 3, at FROM kept_answers WHERE said='digest'"
            )
        )
        connection.execute(text("DELETE FROM kept_answers WHERE said = 'digest'"))
    generations.migrate()
    assert idempotency.find(generations.control, "ann", "k") == Answer("digest", '{"stream":"like-x","version":3}')
    assert idempotency.find(generations.control, "bob", "k") == other
