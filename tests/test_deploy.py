"""What is delivered for production, held to what the operations manual promises."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.cli.connections import IDLE_SECONDS

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
# The proxy keeps its image's user: its volumes belong to it, and it has no privilege but one.
OWN_USER = {"proxy"}
ONE_SHOT = {"migrate"}
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")


def instructions(name: str) -> list[str]:
    """The arguments of each such instruction of the Dockerfile, in order."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name}\s+(.+)$", joined, flags=re.MULTILINE)


def is_pinned(image: str) -> bool:
    """The image names a version: a digest, or a tag that begins with a number."""
    _name, _colon, tag = image.rpartition(":")
    return "@sha256:" in image or bool(re.match(r"\d+(\.\d+)+", tag))


def test_a_floating_tag_would_be_found() -> None:
    assert not any(map(is_pinned, ["postgres", "postgres:latest", "registry:5000/postgres"]))
    assert is_pinned("postgres:18.6-bookworm")


def test_every_image_is_of_a_named_version() -> None:
    bases = [line.split()[0] for line in instructions("FROM")]
    images = [service["image"] for service in SERVICES.values()]
    assert bases
    assert images
    assert [image for image in [*bases, *images] if not is_pinned(image)] == []


def test_the_image_runs_without_root() -> None:
    user = instructions("USER")[-1]
    assert int(user.split(":")[0]) > 0


def test_the_image_installs_only_what_the_lock_names_by_hash() -> None:
    installing = [line for line in instructions("RUN") if re.search(r"\bpip install\b", line)]
    assert installing
    for line in installing:
        assert "--require-hashes" in line
        assert "requirements-prod.lock" in line


def test_the_production_lock_names_a_hash_for_every_package_and_no_address() -> None:
    lock = (ROOT / "requirements-prod.lock").read_text("utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", lock.strip())
    assert len(entries) > 20
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in lock


def test_the_production_lock_pins_the_versions_that_were_tested() -> None:
    pin = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)
    tested = set(pin.findall((ROOT / "requirements.lock").read_text("utf-8")))
    delivered = set(pin.findall((ROOT / "requirements-prod.lock").read_text("utf-8")))
    assert delivered
    assert delivered <= tested


def test_the_image_says_whether_it_is_healthy() -> None:
    assert "/healthz" in "".join(instructions("HEALTHCHECK"))


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_read_only_and_without_privileges(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged", False)


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - OWN_USER))
def test_each_service_runs_under_an_account_of_its_own(name: str) -> None:
    assert int(SERVICES[name]["user"].split(":")[0]) > 0


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - ONE_SHOT))
def test_each_running_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]
    assert not any(service.get("network_mode") for service in SERVICES.values())


def test_the_database_is_reachable_by_the_service_alone() -> None:
    on_data = {name for name, service in SERVICES.items() if "data" in service["networks"]}
    assert on_data == {"service", "worker", "migrate", "database", "counters"}
    assert COMPOSE["networks"]["data"]["internal"] is True


def test_the_service_trusts_the_address_that_the_proxy_has() -> None:
    address = SERVICES["proxy"]["networks"]["front"]["ipv4_address"]
    assert SERVICES["service"]["environment"]["SKOLNAV_TRUSTED_PROXIES"] == address


def test_no_secret_stands_in_the_files() -> None:
    named = {
        f"{name}.{key}": value
        for name, service in SERVICES.items()
        for key, value in service.get("environment", {}).items()
        if SECRET_NAME.search(key)
    }
    assert named
    for where, value in named.items():
        assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), where
    assert re.search(r"://\w+:\$\{\w+:\?", SERVICES["service"]["environment"]["DATABASE_URL"])
    assert not SECRET_NAME.search(" ".join(instructions("ENV") + instructions("ARG")))


def test_every_environment_name_of_the_service_is_a_setting() -> None:
    documented = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    environment = SERVICES["service"]["environment"]
    assert "DATABASE_URL" in environment
    for name in environment:
        assert f"| `{name}` " in documented


@pytest.mark.parametrize("name", ["service", "worker", "migrate"])
def test_every_setting_can_be_given_in_the_file_that_the_manual_names(name: str) -> None:
    assert {"path": ".env", "required": False} in SERVICES[name]["env_file"]


def make_check(tools: Path, **stubs: int) -> "subprocess.CompletedProcess[str]":
    """`make check` with programs that only exit with these codes."""
    tools.mkdir()
    for name, code in stubs.items():
        program = tools / name.replace("_", "-")
        program.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
        program.chmod(0o755)
    # What an outer `make test ARGS=...` hands down must not reach this one.
    environment = {name: value for name, value in os.environ.items() if name[:4] != "MAKE"}
    return subprocess.run(
        ["make", "check", f"BIN={tools}", "--assume-old=.venv/.skolnav-ready"],  # noqa: S607 - the developer's own make
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_make_check_lints_the_dockerfile_and_says_so_where_it_cannot(tmp_path: Path) -> None:
    """A complaint of hadolint fails the check; a platform without it is told, not failed."""
    others = {"ruff": 0, "mypy": 0, "lint_imports": 0, "skolnav": 0}
    assert make_check(tmp_path / "clean", **others, hadolint=0).returncode == 0
    assert make_check(tmp_path / "complaint", **others, hadolint=1).returncode != 0
    absent = make_check(tmp_path / "absent", **others)
    assert absent.returncode == 0
    assert "The Dockerfile was not linted" in absent.stdout


def test_the_proxy_is_the_first_to_close_an_idle_connection() -> None:
    """The other way round a request that is on its way meets a closed connection."""
    (kept,) = re.findall(r"^\s*keepalive (\d+)s$", CADDYFILE, flags=re.MULTILINE)
    assert int(kept) <= IDLE_SECONDS - 15


def test_metrics_are_not_for_callers() -> None:
    assert re.search(r"@internal path .*/metrics", CADDYFILE)
    assert "respond @internal 404" in CADDYFILE
