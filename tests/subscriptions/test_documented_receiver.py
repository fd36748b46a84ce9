"""The receiver in docs/subscriptions.md is run as it stands there."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.make import named
from tests.ss12000.conftest import DOOR
from tests.subscriptions.conftest import Stage, working
from tests.subscriptions.receivers import PROMPTLY
from tests.waiting import wait_until

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "subscriptions.md"


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def documented(stage: Stage, made: dict[str, Any], token: str, port: int) -> Iterator[Any]:
    """The code of the page, in a process of its own; yields what it prints."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    environment = os.environ | {
        "API": f"{stage.town.http.base_url}{DOOR}", "TOKEN": token,
        "WEBHOOK_SECRET": made["secret"], "PORT": str(port),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(lambda: answers(port), seconds=PROMPTLY)
        yield process.stdout
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def test_the_receiver_of_the_page_reads_what_it_is_told_of(stage: Stage) -> None:
    """And refuses what nobody signed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    caller = stage.town.caller()
    assert caller.consumer is not None
    target = f"http://127.0.0.1:{port}/notices"
    made = caller.post("/subscriptions", {
        "name": "x", "target": target, "resourceTypes": ["Room", "Person"],
    }).json()  # fmt: skip
    with documented(stage, made, caller.consumer.token, port) as printed, working(stage):
        stage.change("room", "north-room")
        line = ""
        while str(named("north-room")) not in line:
            line = printed.readline()
            assert line, "the receiver ended"
        assert line.split() == ["changed", "Room", str(named("north-room"))]
        stage.change("person", "bo", security_marking="Sekretessmarkering")
        while not line.startswith("drop persons"):
            line = printed.readline()
        assert str(named("bo")) in line
        stage.change("person", "bo", security_marking="Ingen")
        forged = httpx.post(target, json={"modifiedEntities": []}, headers={
            "webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA",
        })  # fmt: skip
    assert forged.status_code == 401
