"""People find services by what they want done; on a day; by how they are used."""

from typing import Any

import pytest

from tests.catalogue.conftest import Caller

BY_WORDS = [
    ("Närvaroportalen", "nya"),
    ("narvaroportalen", "nya"),
    ("närvaroporten", "nya"),
    ("GS", "gamla"),
    ("gamla system", "gamla"),
    ("elevregister", "register"),
    ("skolbuss", "skolskjuts"),
    ("anmäla frånvaro", "anmal"),
    ("school transport", "skolskjuts"),
    ("registrera elever på plats", "nya"),
]


@pytest.mark.parametrize(("words", "first"), BY_WORDS, ids=[words for words, _ in BY_WORDS])
def test_a_service_is_found_by_what_it_is_called_or_for(
    anyone: Caller, words: str, first: str
) -> None:
    """By names, other names, misspelt ones, tasks and descriptions: the right one comes first."""
    assert anyone.ids("/services", q=words)[0] == first


@pytest.mark.parametrize(
    ("words", "among"),
    [("frånvaro", {"nya", "gamla", "anmal"}), ("betyg", {"register"}), ("matsedel", {"gamla"}),
     ("Åkerlund", {"gamla"}), ("portalen", {"nya"})],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_service_is_found_by_its_information_its_usages_and_its_maker(
    anyone: Caller, words: str, among: set[str]
) -> None:
    """Who does not know the service knows what it handles, or who delivers it."""
    assert among <= set(anyone.ids("/services", q=words))


def test_what_nobody_knows_is_not_found(anyone: Caller) -> None:
    """Another word is another word; the answer says that there is none."""
    answer = anyone.get("/services", q="xylofon").json()
    assert (answer["data"], answer["total"], answer["pages"]) == ([], 0, 0)


ALL = {"gamla", "nya", "schemat", "molnet", "molnet-delen", "grannmolnet", "register", "namnlos"}
FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({"kind": "it"}, ALL),
    ({"kind": "public"}, {"skolskjuts", "anmal"}),
    ({"organisation": "grannstad"}, {"grannmolnet"}),
    ({"supplier": "leverantoren"}, {"gamla"}),
    ({"category": "learning_platform"}, {"nya"}),
    ({"deliveryModel": "cloud_service"}, {"molnet", "grannmolnet"}),
    ({"status": "contracted"}, {"nya"}),
    ({"agreementStatus": "in_force"}, {"nya"}),
    ({"agreementStatus": "ended"}, set()),
    ({"schoolForm": "GR"}, {"gamla", "nya", "schemat", "register", "skolskjuts"}),
    ({"schoolForm": "VUX"}, {"gamla"}),
    ({"informationType": "grades"}, {"register"}),
    ({"informationType": "attendance"}, {"gamla", "nya", "anmal"}),
    ({"informationType": "menu", "schoolForm": "GR"}, {"gamla"}),
    ({"userGroup": "guardian"}, {"gamla", "skolskjuts", "anmal"}),
    ({"purposeCategory": "public_authority"}, {"register"}),
    ({"purposeCategory": "public_authority", "schoolForm": "GY"}, {"register"}),
    # Each holds for one of its usages, and no usage for both.
    ({"purposeCategory": "public_authority", "schoolForm": "GR"}, set()),
    ({"purposeCategory": "public_authority", "userGroup": "principal"}, set()),
    ({"purposeCategory": "pedagogy", "validOn": "2021-12-31"}, {"molnet"}),
    ({"purposeCategory": "pedagogy", "validOn": "2022-01-01"}, set()),
    ({"purposeCategory": "pedagogy", "validOn": "2019-12-31"}, set()),
    ({"q": "frånvaro", "kind": "public"}, {"anmal"}),
]


@pytest.mark.parametrize(("asked", "found"), FILTERS, ids=[str(asked) for asked, _ in FILTERS])
def test_a_filter_answers_those_that_are_known_to_meet_it(
    anyone: Caller, asked: dict[str, Any], found: set[str]
) -> None:
    """What is unknown meets no filter; filters of use are met by one and the same usage."""
    assert set(anyone.ids("/services", **asked)) == found


DAYS: list[tuple[str, str, str, dict[str, str]]] = [
    ("attendance", "GR", "2023-12-31", {"gamla": "unknown"}),
    ("attendance", "GR", "2024-01-01", {"gamla": "changing", "nya": "planned"}),
    ("attendance", "GR", "2024-12-31", {"gamla": "changing", "nya": "planned"}),
    ("attendance", "GR", "2025-03-01", {"nya": "planned"}),
    # Its successor is not known, so that it was replaced is not known either.
    ("attendance", "VUX", "2025-03-01", {"gamla": "unknown"}),
    # For another school form, and for other information, it goes on.
    ("schedule", "GY", "2025-08-01", {"gamla": "unknown"}),
    ("schedule", "GR", "2025-06-30", {"gamla": "changing", "schemat": "planned"}),
    ("schedule", "GR", "2025-07-01", {"schemat": "planned"}),
    ("schedule", "GR", "2030-07-01", {}),
    ("grades", "GR", "2009-12-31", {}),
    ("grades", "GR", "2010-01-01", {"register": "known"}),
]


@pytest.mark.parametrize(
    ("information", "form", "day", "used"), DAYS, ids=[" ".join(row[:3]) for row in DAYS]
)
def test_what_was_used_on_a_day_is_one_request(
    anyone: Caller, information: str, form: str, day: str, used: dict[str, str]
) -> None:
    """By school form and information, at both ends of each period, with how sure that is."""
    answer = anyone.get(
        "/services", informationType=information, schoolForm=form, validOn=day, kind="it"
    ).json()
    assert {row["id"]: row["useOn"]["certainty"] for row in answer["data"]} == used
    assert all(row["useOn"]["date"] == day for row in answer["data"])


def test_without_information_only_what_replaces_all_of_it_counts(anyone: Caller) -> None:
    """A part that is replaced does not take the whole service away."""
    assert "gamla" in anyone.ids("/services", schoolForm="GR", validOn="2026-01-01")
    assert "gamla" in anyone.ids("/services", informationType="attendance", validOn="2026-01-01")


def test_names_come_in_swedish_order_and_the_nameless_last(anyone: Caller) -> None:
    """Å and Ä after Z, whatever the server's locale."""
    assert anyone.ids("/services", kind="it") == [
        "molnet-delen", "register", "gamla", "grannmolnet", "molnet", "nya", "schemat", "namnlos"
    ]  # fmt: skip


def test_only_who_asks_about_a_day_is_told_how_sure_it_is(anyone: Caller) -> None:
    """Of no day in particular nothing was used."""
    rows = anyone.get("/services", kind="it").json()["data"]
    assert rows and not any("useOn" in row for row in rows)


def test_who_asks_for_an_order_gets_it_whatever_the_words(anyone: Caller) -> None:
    """Without one, what fits the words best comes first."""
    assert anyone.ids("/services", q="schema") == ["schemat", "gamla", "skolskjuts"]
    assert anyone.ids("/services", q="schema", sort="name") == ["skolskjuts", "gamla", "schemat"]


def test_pages_add_up_to_the_whole(anyone: Caller) -> None:
    """Each says how many there are; one past the last is empty and says so, too."""
    whole = anyone.ids("/services", kind="it")
    pages = [anyone.get("/services", kind="it", limit=3, page=page).json() for page in range(1, 5)]
    assert [row["id"] for page in pages for row in page["data"]] == whole
    assert [(page["total"], page["pages"], page["limit"]) for page in pages] == [(8, 3, 3)] * 4


@pytest.mark.parametrize(
    ("asked", "named"),
    [({"schoolForm": "grundskola"}, "schoolForm"), ({"status": "gone"}, "status"),
     ({"validOn": "1 mars"}, "validOn"), ({"page": "0"}, "page"), ({"page": "²"}, "page"),
     ({"limit": "x"}, "limit"), ({"q": " "}, "q"), ({"sort": "size"}, "sort"),
     ({"recordedOn": "2026-01-01"}, "recordedOn"), ({"colour": "red"}, "colour"),
     ({"kind": "both"}, "kind"), ({"q": "a\x00b"}, "q")],
    ids=lambda value: str(value),
)  # fmt: skip
def test_a_parameter_that_cannot_be_read_is_named(
    anyone: Caller, asked: dict[str, str], named: str
) -> None:
    """With what was expected."""
    answer = anyone.get("/services", **asked)
    assert answer.status_code == 400
    assert named in answer.json()["detail"]


@pytest.mark.parametrize("words", ["'", "\\", "a & | ! :*", "<->", "%", "å" * 400, "1", "()"])
def test_any_words_can_be_looked_for(anyone: Caller, words: str) -> None:
    """Whatever stands there is text, never an expression."""
    assert anyone.get("/services", q=words).status_code == 200
