"""Opening databases: URLs, first writes, transactions that meet, and errors that keep secrets."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bylaw.backends.database import Component, Database, Timestamp, append_only, open_database
from bylaw.backends.database.errors import Translator
from bylaw.backends.interface import BackendAmbiguousError, BackendTerminalError, BackendTransientError
from bylaw.model.errors import BackendError, ConflictError, UsageError
from tools.backends.postgresql import Server
from tools.fakes.clock import EPOCH

NUMBERS = Table("numbers", MetaData(), Column("number", Integer, primary_key=True, autoincrement=False))
COMPONENT = Component("numbers", 1, NUMBERS.metadata, (append_only(NUMBERS),))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = open_database(url, COMPONENT, wait=0.01)
    yield database
    database.close()


def add(database: Database, *numbers: int) -> None:
    with database.writing() as connection:
        connection.execute(insert(NUMBERS), [{"number": number} for number in numbers])


def numbers(database: Database) -> list[int]:
    with database.reading() as connection:
        return list(connection.scalars(select(NUMBERS.c.number).order_by(NUMBERS.c.number)))


# URLs.


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "database url is not valid"),
        ("policies.db", "database url is not valid"),
        ("hunter2", "database url is not valid"),
        ("postgresql://ada:hunter2@host:hunter2/db", "database url is not valid"),
        ("mysql://ada:hunter2@host/db", "database kind `mysql` is not supported"),
        ("sqlite+aiosqlite:///policies.db", "database kind `sqlite+aiosqlite` is not supported"),
        ("sqlite://", "sqlite database url has to name a file and nothing else"),
        ("sqlite:///:memory:", "sqlite database url has to name a file and nothing else"),
        ("sqlite:///file:policies.db?uri=true", "sqlite database url has to name a file and nothing else"),
        ("sqlite:///policies.db?mode=ro", "sqlite database url has to name a file and nothing else"),
        ("sqlite://ada:hunter2@host/policies.db", "sqlite database url has to name a file and nothing else"),
    ],
)
def test_a_url_that_cannot_be_used_is_explained_without_repeating_it(url: str, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        open_database(url, COMPONENT)

    assert refusal.value.message == message
    assert refusal.value.help == "write `sqlite:///path/to/file.db` or `postgresql://host/database`"


@pytest.mark.parametrize("kind", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_goes_by_three_names(kind: str) -> None:
    pytest.importorskip("psycopg")

    assert open_database(f"{kind}://host/database", COMPONENT).dialect == "postgresql"


def test_a_driver_that_is_missing_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(UsageError) as refusal:
        open_database("postgresql://ada:hunter2@host/database", COMPONENT)

    assert refusal.value.message == "postgresql databases need the package `psycopg`"
    assert refusal.value.help == "run `pip install 'bylaw[postgresql]'`"


# First reads and writes.


def test_reading_what_does_not_exist_makes_nothing(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/new/bylaw.db", COMPONENT)

    assert numbers(database) == []
    assert list(tmp_path.iterdir()) == []


def test_reading_a_database_without_our_tables_makes_nothing(url: str, database: Database) -> None:
    other = open_database(url, Component("other", 1, MetaData(), ()))
    with other.writing():
        pass

    assert numbers(database) == []
    with other.reading() as connection:
        assert list(connection.scalars(text("select name from bylaw_component"))) == ["other"]
    other.close()


def test_the_first_write_makes_directory_file_and_tables(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/new/deep/bylaw.db", COMPONENT)

    add(database, 1, 2)

    assert numbers(database) == [1, 2]
    assert (tmp_path / "new/deep/bylaw.db").exists()
    database.close()


def test_a_first_write_that_fails_makes_no_tables(url: str, database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing():
        raise ZeroDivisionError

    later = Component("numbers", 2, NUMBERS.metadata, ())
    other = open_database(url, later)
    with other.writing():
        pass
    other.close()


def test_first_writers_that_meet_all_succeed(url: str) -> None:
    databases = [open_database(url, COMPONENT) for _ in range(6)]
    together = threading.Barrier(len(databases))
    errors: list[Exception] = []

    def work(database: Database, number: int) -> None:
        together.wait()
        try:
            add(database, number)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shall show it
            errors.append(error)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(databases, range(6), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (errors, numbers(databases[0])) == ([], list(range(6)))
    for database in databases:
        database.close()


def test_tables_of_another_version_are_refused(url: str, database: Database) -> None:
    add(database, 1)
    newer = open_database(url, Component("numbers", 2, NUMBERS.metadata, ()))

    with pytest.raises(
        BackendTerminalError, match="holds version 1 of the numbers tables, this program knows version 2"
    ):
        numbers(newer)
    with pytest.raises(BackendTerminalError, match="holds version 1"):
        add(newer, 2)
    newer.close()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = open_database(f"sqlite:///{tmp_path}/file/bylaw.db", COMPONENT)

    with pytest.raises(BackendTerminalError, match=f"cannot make database file `{tmp_path}/file/bylaw.db`: "):
        add(database, 1)


def test_where_files_cannot_be_linked_a_database_is_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.link", refuse)
    database = open_database(f"sqlite:///{tmp_path}/bylaw.db", COMPONENT)

    add(database, 1)

    assert numbers(database) == [1]
    assert {path.name for path in tmp_path.iterdir()} <= {"bylaw.db", "bylaw.db-wal", "bylaw.db-shm"}
    database.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bylaw.db").write_text(
        "certainly not a database, and long enough to be looked at as if it were one" * 20
    )
    database = open_database(f"sqlite:///{tmp_path}/bylaw.db", COMPONENT)

    with pytest.raises(BackendTerminalError, match="file is not a database"):
        numbers(database)
    database.close()


# Transactions that meet.


def test_a_second_writer_waits_and_then_gives_up_for_now(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bylaw.db"
    one, two = open_database(url, COMPONENT, wait=0.01), open_database(url, COMPONENT, wait=0.01)
    add(one, 1)

    with one.writing(), pytest.raises(BackendTransientError, match="database is locked"):
        add(two, 2)

    add(two, 3)
    assert numbers(one) == [1, 3]
    one.close()
    two.close()


def test_readers_go_on_while_somebody_writes(url: str, database: Database) -> None:
    other = open_database(url, COMPONENT, wait=0.01)
    add(database, 1)

    with database.writing() as connection:
        connection.execute(insert(NUMBERS).values(number=2))
        during = numbers(other)

    assert (during, numbers(other)) == ([1], [1, 2])
    other.close()


def test_a_constraint_that_is_violated_is_a_conflict(database: Database) -> None:
    add(database, 1)

    with pytest.raises(ConflictError, match="was changed by somebody else at the same time"):
        add(database, 2, 1)

    assert numbers(database) == [1]


def test_a_constraint_that_is_violated_at_the_end_is_a_conflict(url: str) -> None:
    metadata = MetaData()
    parents = Table("parents", metadata, Column("number", Integer, primary_key=True, autoincrement=False))
    reference = ForeignKey(parents.c.number, deferrable=True, initially="DEFERRED")
    children = Table("children", metadata, Column("parent", Integer, reference, primary_key=True, autoincrement=False))
    database = open_database(url, Component("family", 1, metadata, ()))

    with pytest.raises(ConflictError), database.writing() as connection:
        connection.execute(insert(children).values(parent=1))

    with database.reading() as connection:
        assert connection.execute(select(children)).all() == []
    database.close()


def test_a_pool_that_is_empty_is_transient() -> None:
    translator = Translator("sqlite:///bylaw.db", None)

    with pytest.raises(BackendTransientError, match="has no free connection"), translator.translating():
        raise PoolTimeoutError


def test_a_statement_that_is_wrong_is_terminal(database: Database) -> None:
    add(database, 1)

    with pytest.raises(BackendTerminalError, match="no_such_table"), database.writing() as connection:
        connection.execute(text("select * from no_such_table"))


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="time without a zone"):
        Timestamp().process_bind_param(EPOCH.replace(tzinfo=None), None)  # type: ignore[arg-type]


# PostgreSQL only.


def test_a_row_held_by_another_transaction_is_transient(postgresql_server: Server) -> None:
    url = postgresql_server.new_database()
    one, two = open_database(url, COMPONENT, wait=0.01), open_database(url, COMPONENT, wait=0.01)
    add(one, 1)

    with one.writing() as connection:
        connection.execute(insert(NUMBERS).values(number=2))
        with pytest.raises(BackendTransientError, match="lock timeout"):
            add(two, 2)

    assert numbers(two) == [1, 2]
    one.close()
    two.close()


@pytest.fixture
def lost(postgresql_server: Server) -> Iterator[tuple[Database, Server, str]]:
    url = postgresql_server.new_database()
    database = open_database(url, COMPONENT)
    add(database, 1)
    yield database, postgresql_server, url
    database.close()


def test_a_connection_lost_between_transactions_is_not_noticed(lost: tuple[Database, Server, str]) -> None:
    database, server, url = lost
    server.disconnect_all(url)

    assert numbers(database) == [1]


def test_a_connection_lost_during_a_transaction_is_transient(lost: tuple[Database, Server, str]) -> None:
    database, server, url = lost

    def lose_then_write() -> None:
        with database.writing() as connection:
            server.disconnect_all(url)
            connection.execute(insert(NUMBERS).values(number=2))

    with pytest.raises(BackendTransientError):
        lose_then_write()

    assert numbers(database) == [1]


def test_a_connection_lost_at_the_commit_leaves_its_fate_open(lost: tuple[Database, Server, str]) -> None:
    database, server, url = lost

    def write_then_lose() -> None:
        with database.writing() as connection:
            connection.execute(insert(NUMBERS).values(number=2))
            server.disconnect_all(url)

    with pytest.raises(BackendAmbiguousError, match="broke during a commit"):
        write_then_lose()

    assert numbers(database) == [1]


def test_a_reading_connection_cannot_write(lost: tuple[Database, Server, str]) -> None:
    database, _, _ = lost

    with pytest.raises(BackendTerminalError, match="read-only transaction"), database.reading() as connection:
        connection.execute(insert(NUMBERS).values(number=2))


def test_a_server_that_refuses_is_terminal(postgresql_server: Server) -> None:
    database = open_database(postgresql_server.url("no_such_database"), COMPONENT)

    with pytest.raises(BackendTerminalError, match='database "no_such_database" does not exist'):
        numbers(database)


@pytest.mark.parametrize("extra", ["", "?sslmode=disable", "?no_such_option=hunter2"])
def test_an_unreachable_server_is_named_without_credentials(extra: str) -> None:
    pytest.importorskip("psycopg")
    database = open_database(f"postgresql://ada:hunter2@127.0.0.1:1/policies{extra}", COMPONENT)

    with pytest.raises(BackendError) as failure:
        numbers(database)

    shown = f"{failure.value.message} {failure.value.help}"
    assert "`postgresql://127.0.0.1:1/policies`" in shown
    assert "hunter2" not in shown
    assert "ada" not in shown
