"""The demonstration's catalogue: all of it is sound, and every system is found by its names."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from app.cli import cli
from app.database.embedded import EmbeddedPostgres
from app.services.demo_catalogue import FILE, load_demo_catalogue
from app.settings import get_settings
from tests.catalogue.conftest import Caller, City
from tests.ss12000.conftest import running_town

DEMO: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
NAMES = [
    (name if isinstance(name, str) else name["sv"], service["id"])
    for service in DEMO["itServices"] + DEMO["publicServices"]
    for name in [service.get("name"), *service.get("alternateNames", [])]
    if name
]


@pytest.fixture(scope="module")
def demo(server: EmbeddedPostgres, migrated: str) -> Iterator[City]:
    """A city with the demonstration's catalogue; loading it again changes nothing."""
    with running_town(server, migrated, "demo_catalogue") as running:
        for _ in range(2):
            with running.database.transaction() as session:
                load_demo_catalogue(session, now=datetime.now(UTC))
        yield City(running)


@pytest.mark.parametrize(("name", "identifier"), NAMES, ids=[" ".join(one) for one in NAMES])
def test_each_service_is_found_by_each_of_its_names(demo: City, name: str, identifier: str) -> None:
    """Among the first; several cities use some of them."""
    assert identifier in demo.caller().ids("/services", q=name)[:5]


def test_a_person_who_knows_no_name_finds_the_way_in(demo: City) -> None:
    """By what they want done, with everyday words."""
    found = demo.caller()
    assert found.ids("/services", q="skolskjuts", kind="public") == ["varmdo-skolskjuts"]
    assert "uddevalla-franvaroanmalan-gr" in found.ids("/services", q="sjukanmälan")[:4]
    assert "uddevalla-hypernet" in found.ids("/services", q="ändra inkomst")
    assert "uddevalla-ciceron" in found.ids("/services", q="diarieföra")


def test_what_was_used_in_the_unnamed_city_in_march_2025(demo: City) -> None:
    """The platform was swapped school form by school form."""
    asked = {"informationType": "attendance", "organisation": "staden", "validOn": "2025-03-01"}
    used = {form: demo.caller().ids("/services", schoolForm=form, kind="it", **asked)
            for form in ("FS", "GR", "GY", "VUX")}  # fmt: skip
    assert used["GR"] == used["GY"] == ["staden-infomentor"]
    # Two contracts cover preschool; which of them holds the original is an open question.
    assert set(used["FS"]) == {"staden-infomentor", "staden-tempus"}
    assert used["VUX"] == ["staden-skola24-attendance-schedule"]


def run(demo: City, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    """`skolnav catalogue …` on the city's database."""
    monkeypatch.setenv("DATABASE_URL", demo.town.database.url)
    monkeypatch.setenv("SKOLNAV_SECRET", "x" * 40)
    get_settings.cache_clear()
    done = CliRunner().invoke(cli, ["catalogue", *arguments])
    get_settings.cache_clear()
    return done


def test_the_command_writes_a_file_and_takes_it_back(
    demo: City, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was changed in it becomes the next version; a dry run stores nothing."""
    written = run(demo, monkeypatch, "export")
    assert written.exit_code == 0, written.output
    file = tmp_path / "catalogue.yaml"
    file.write_text(written.stdout.replace("sv: Ciceron\n", "sv: Cicero\n"), "utf-8")
    tried = run(demo, monkeypatch, "import", str(file), "--publish", "--dry-run")
    assert "itServices: 1 changed" in tried.stdout
    assert "nothing was stored" in tried.stdout
    service: Caller = demo.caller()
    assert service.get("/services/uddevalla-ciceron").json()["version"] == 1
    done = run(demo, monkeypatch, "import", str(file), "--publish", "--comment", "nytt namn")
    assert done.exit_code == 0, done.output
    told = service.get("/services/uddevalla-ciceron").json()
    assert (told["version"], told["name"]["sv"]) == (2, "Cicero")
    file.write_text(file.read_text("utf-8").replace("status: in_use", "status: gone"), "utf-8")
    refused = run(demo, monkeypatch, "import", str(file))
    assert refused.exit_code != 0
    assert "itServices[uddevalla-dexter].status: must" in refused.stderr
