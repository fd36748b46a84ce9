"""`skolnav serve` and the other commands as processes of their own, on a database of the test's."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

SKOLNAV = Path(sys.executable).with_name("skolnav")
SECRET = "x" * 40
# Longer than anything takes on a machine that is shared.
SECONDS = 90
LISTENING = re.compile(r"running on (http://127\.0\.0\.1:\d+)")


@dataclass(frozen=True, slots=True)
class Command:
    """A started command; its standard error is kept in a file."""

    process: "subprocess.Popen[str]"
    log: Path

    def said(self) -> str:
        """Everything on its standard error so far."""
        return self.log.read_text(encoding="utf-8")

    def events(self) -> list[dict[str, Any]]:
        """The lines of its log, each of which must be JSON."""
        return [json.loads(line) for line in self.said().splitlines()]

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for what it must do."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert self.process.poll() is None and time.monotonic() < deadline, self.said()
            time.sleep(0.02)

    def end(self) -> int:
        """Wait until it ends by itself; its exit code."""
        return self.process.wait(SECONDS)


@dataclass
class Installation:
    """A directory, the database and the secret that commands are given."""

    directory: Path
    database_url: str | None
    more: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def start(self, *arguments: str) -> Iterator[Command]:
        """Start a command where no `.env` of a developer is found; killed if it still runs."""
        log = self.directory / f"{arguments[0]}-{uuid4().hex[:8]}.err"
        told = {"SKOLNAV_SECRET": SECRET, "DATABASE_URL": self.database_url or ""} | self.more
        with log.open("w") as output:
            process = subprocess.Popen(
                [str(SKOLNAV), *arguments], cwd=self.directory, text=True, stderr=output,
                stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]} | told,
            )  # fmt: skip
        try:
            yield Command(process, log)
        finally:
            kill_tree(process.pid)
            process.wait(SECONDS)

    def run(self, *arguments: str) -> None:
        """Run a command to its end, which must be a good one."""
        with self.start(*arguments) as command:
            assert command.end() == 0, command.said()

    @contextmanager
    def serve(self, *arguments: str) -> Iterator[tuple[Command, str]]:
        """`skolnav serve` on a free port, once it answers; the command and its address."""
        with self.start("serve", "--port", "0", *arguments) as command:
            yield command, answering_address(command)


def kill_tree(pid: int) -> None:
    """Kill a process and those that it started, as far as they still run."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                one.kill()


def answering_address(command: Command) -> str:
    """Where a service that has been started listens, once it does."""
    command.wait_until(lambda: LISTENING.search(command.said()) is not None)
    address = str(LISTENING.findall(command.said())[0])
    command.wait_until(lambda: is_alive(address))
    return address


def sample(address: str, name: str, **labels: str) -> float:
    """One figure of a service's `/metrics`; 0 when it is absent."""
    return sum(
        one.value
        for family in text_string_to_metric_families(httpx.get(f"{address}/metrics").text)
        for one in family.samples
        if one.name == name and labels.items() <= one.labels.items()
    )


def is_alive(address: str) -> bool:
    """Whether a service answers there."""
    try:
        return httpx.get(f"{address}/healthz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
