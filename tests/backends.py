"""PostgreSQL's own view of the connections to a database, and ending them."""

import psycopg

from tests.waiting import wait_until


def end_connections(url: str, name: str) -> int:
    """Kill the connections of that application name, as a crash or an admin would; how many."""
    with psycopg.connect(url, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = %s AND datname = current_database()",
            (name,),
        ).fetchall()
    assert all(is_gone for (is_gone,) in ended)
    return len(ended)


def end_backend(url: str, backend: int) -> None:
    """Kill one connection."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))


def waiting_for_locks(url: str) -> int:
    """How many statements wait for a lock."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def wait_for_waiting(url: str, count: int) -> None:
    """Until so many statements wait for a lock."""
    wait_until(lambda: waiting_for_locks(url) >= count)
