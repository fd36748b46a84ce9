"""The catalogue's pages, read as a browser gets them."""

import itertools
import json
import random
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from app.auth import rate_limits
from app.routers.catalogue_pages import flows, pages
from app.routers.catalogue_pages.flows import Flow, draw
from app.routers.catalogue_pages.texts import CODES, TEXTS
from app.schemas.catalogue import code_lists
from tests.catalogue.conftest import EDITS, City


def get(city: City, path: str, **headers: str) -> httpx.Response:
    """A page."""
    return city.town.http.get(path, headers=headers)


def text(answer: httpx.Response) -> str:
    """What stands on it."""
    body = re.sub(r"<(style|script).*?</\1>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def facts(answer: httpx.Response) -> dict[str, list[str]]:
    """What a page tells, by its labels."""
    found: dict[str, list[str]] = {}
    for label, told in re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", answer.text, re.DOTALL):
        plain = re.sub(r"<[^>]+>", "", told).strip()
        found.setdefault(unescape(label), []).append(unescape(plain))
    return found


def services(page: httpx.Response) -> list[str]:
    """The ids of those that a search found, in their order."""
    return re.findall(r'href="/tjanster/([a-z-]+)(?:[?][^"]*)?">[^<]*</a></h2>', page.text)


def test_whoever_knows_no_name_finds_a_service_and_its_page(city: City) -> None:
    """By what they want done, misspelt, in an address that can be passed on."""
    found = get(city, "/tjanster?q=anmäla+frånvaro")
    assert found.status_code == 200
    first = re.findall(r'<h2><a href="([^"]+)">([^<]+)</a>', found.text)[0]
    assert first == ("/tjanster/anmal", "Anmäl frånvaro")
    page = get(city, first[0])
    assert "Anmäl frånvaro" in page.text
    assert 'href="/tjanster/nya">Närvaroportalen' in page.text
    assert "1 tjänst" in text(get(city, "/tjanster?q=skolbuss&kind=public"))
    assert "Pröva ett annat ord" in text(get(city, "/tjanster?q=xylofon"))


@pytest.mark.parametrize(
    ("asked", "ids"),
    [("kind=public", {"anmal", "skolskjuts"}), ("category=learning_platform", {"nya"}),
     ("schoolForm=VUX", {"gamla"}), ("userGroup=principal", {"register"})],
)  # fmt: skip
def test_a_search_is_narrowed(city: City, asked: str, ids: set[str]) -> None:
    """And what was chosen stays chosen."""
    page = get(city, f"/tjanster?{asked}")
    assert set(services(page)) == ids
    assert f'value="{asked.partition("=")[2]}" selected' in page.text
    assert "<details open>" in page.text


IGNORED = ["kind=x", "schoolForm=XX", "userGroup=", "page=0", "page=x", "page=²",
           "page=" + "9" * 40, "q=%00", "q=++", "colour=red", "lang=xx"]  # fmt: skip


@pytest.mark.parametrize("asked", IGNORED)
def test_an_address_that_somebody_wrote_by_hand_is_no_fault(city: City, asked: str) -> None:
    """It is answered as if what cannot be read were not there."""
    page = get(city, f"/tjanster?{asked}")
    assert page.status_code == 200
    assert services(page) == services(get(city, "/tjanster"))
    assert "<details open>" not in page.text


def test_what_is_looked_for_is_cut_to_what_the_field_takes_and_never_run(city: City) -> None:
    found = get(city, "/tjanster?q=" + "å" * 999)
    assert f'value="{"å" * 200}"' in found.text
    assert "<script>alert" not in get(city, "/tjanster?q=<script>alert(1)</script>").text
    # A page that there is not has none of them, and leads back.
    beyond = get(city, "/tjanster?page=99999")
    assert (beyond.status_code, services(beyond)) == (200, [])
    assert 'rel="next"' not in beyond.text


def test_a_long_list_is_walked_page_by_page(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was chosen and the language stay; the first has none before it, the last none after."""
    whole = services(get(city, "/tjanster?kind=it"))
    monkeypatch.setattr(pages, "ROWS", len(whole) - 1)
    first = get(city, "/tjanster?kind=it")
    assert "Sida 1 av 2" in text(first)
    assert 'rel="prev"' not in first.text
    last = get(city, f"/tjanster{leads(first, 'next')}")
    assert services(first) + services(last) == whole
    assert 'rel="next"' not in last.text
    assert services(get(city, f"/tjanster{leads(last, 'prev')}")) == services(first)
    monkeypatch.setattr(pages, "ROWS", 1)
    for asked in ("kind=public&userGroup=guardian&lang=en", "q=molnet&lang=en"):
        second = get(city, f"/tjanster?{asked}&page=2")
        assert leads(second, "prev") == f"?{asked}&page=1"


def leads(page: httpx.Response, to: str) -> str:
    """Where a link leads."""
    (href,) = re.findall(rf'href="([^"]*)" rel="{to}"', page.text)
    return unescape(href)


@pytest.mark.parametrize("path", ["", "/floden", "/arkivbeskrivning", "/nya"])
def test_who_asks_too_often_is_told_so_in_words(
    city: City, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Each page is made of what the database is asked for."""
    monkeypatch.setattr(rate_limits, "PUBLIC_REQUESTS", 1)
    get(city, f"/tjanster{path}")
    page = get(city, f"/tjanster{path}")
    assert (page.status_code, "Vänta en minut" in text(page)) == (429, True)
    assert 0 < int(page.headers["retry-after"]) <= 60


def test_a_row_says_who_made_a_service_and_else_whose_it_is(city: City) -> None:
    rows = dict(re.findall(r'href="/tjanster/([a-z-]+)">.*?<p class="note">(.*?)</p>',
                           get(city, "/tjanster?kind=it").text, re.DOTALL))  # fmt: skip
    assert rows["gamla"].endswith("· Åkerlund Data")
    assert rows["nya"].endswith("· Utbildningsnämnden")


def test_what_nothing_can_be_called_is_not_there(city: City) -> None:
    """A sign that the database has no text with."""
    for path in ("/tjanster/%00", "/catalogue/v1/roles/%00", "/catalogue/v1/roles/%00/versions"):
        assert city.town.http.get(path).status_code == 404
    assert get(city, "/tjanster/arkivbeskrivning?organisation=%00").status_code == 200


def test_a_services_page_tells_what_is_known_and_what_is_not(city: City) -> None:
    """In words; unknown is said, and never looks as if there were none."""
    told = facts(get(city, "/tjanster/molnet"))
    assert told["Uppgifter"][0] == "Okänt"
    assert told["Ändamål"][0] == "pedagogik"
    assert "molntjänst" in told["Levereras som"]
    assert facts(get(city, "/tjanster/register"))["Uppgifter"][0] == "Ingen"
    gamla = facts(get(city, "/tjanster/gamla"))
    assert gamla["Skolformer"][0] == "Alla skolformer"
    assert gamla["Byts mot"] == ["Närvaroportalen", "något som ännu inte är bestämt", "Schemat"]
    assert gamla["När"] == ["2024", "2024", "2025-01-01/2025-06-30"]
    nya = get(city, "/tjanster/nya")
    assert facts(nya)["Ersätter"] == ["Gamla systemet"]
    assert "lagen gäller inte längre" in text(nya)
    assert "Källor: IKT-plan, rad 12" in text(get(city, "/tjanster/gamla"))
    assert "Ingen regel är känd. Det betyder inte att det är tillåtet." in text(
        get(city, "/tjanster/grannmolnet")
    )


KNOWN: dict[str, dict[str, Any]] = {
    "services": {"id": "allt", "name": "Allt", "organisationId": "namnden", "partOf": "molnet",
                 "url": "https://allt.example.se/", "mayContainPublicRecords": False,
                 "replacedBy": [{"serviceId": "namnlos"}]},
    "service-usages": {"id": "allt-u", "serviceId": "allt", "excludedUserGroups": ["guardian"],
                       "obligation": "mandatory", "secrecy": {"sv": "23 kap. 1 §"}},
    "storage-rules": {"id": "allt-r", "organisationId": "namnden", "serviceId": "allt",
                      "permission": "allowed", "schoolForms": ["GY"],
                      "condition": {"sv": "efter beslut", "en": "when decided"}},
    "agreements": {"id": "allt-a", "type": "data_processing_agreement", "services": ["allt"],
                   "organisationId": "namnden", "legalFramework": "GDPR"},
    "public-services": {"id": "ansok", "name": "Ansök", "organisationId": "exempelstad",
                        "condition": {"sv": "i mån av plats"},
                        "costs": [{"amount": 1234567.5, "currency": "SEK"}],
                        "channels": [{"type": "e_service", "url": "https://a.example.se/",
                                      "systemId": "allt", "requiresEid": False}]},
}  # fmt: skip
TOLD = {
    "allt": {
        "Del av": "Molnet", "Öppna": "https://allt.example.se/", "Inte av": "vårdnadshavare",
        "Kan innehålla allmänna handlingar": "Nej", "Måste den användas": "ja, den ska användas",
        "Sekretess": "23 kap. 1 §", "Villkor": "efter beslut",
        # One without a name is called by its id.
        "Byts mot": "namnlos",
    },
    "ansok": {
        "Villkor": "i mån av plats", "System": "Allt",
        "Kostar": "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,50 SEK",
        "Öppna": "https://a.example.se/", "E-legitimation": "Nej",
    },
}  # fmt: skip


def test_each_fact_that_may_be_known_has_its_line(city: City) -> None:
    """And none where nothing is known of it, of what only some services have."""
    editor = city.caller(EDITS)
    for section, record in KNOWN.items():
        assert editor.request("POST", f"/{section}", json=record).status_code == 201, section
        assert editor.edit("PUT", f"/{section}/{record['id']}/publication").is_success
    for service, told in TOLD.items():
        shown = facts(get(city, f"/tjanster/{service}"))
        assert {label: shown.get(label) for label in told} == {
            label: [what] for label, what in told.items()
        }
    assert "lagen gäller inte längre" not in text(get(city, "/tjanster/allt"))
    assert "gymnasieskola" in facts(get(city, "/tjanster/allt"))["Skolformer"]
    english = facts(get(city, "/tjanster/allt?lang=en"))
    # What is said in Swedish only is said in Swedish.
    assert (english["Condition"], english["Secrecy"]) == (["when decided"], ["23 kap. 1 §"])
    assert facts(get(city, "/tjanster/ansok?lang=en"))["Costs"] == ["1,234,567.50 SEK"]
    for service in ("register", "skolskjuts"):
        shown = facts(get(city, f"/tjanster/{service}"))
        assert shown.keys().isdisjoint({"Del av", "Inte av", "Sekretess", "Villkor", "Kostar"})


def test_what_may_be_kept_in_a_service_stands_on_its_page(city: City) -> None:
    """The rules of all above it, with their sources; not those about publishing."""
    page = get(city, "/tjanster/molnet")
    assert len(re.findall(r"<h3>Får inte sparas</h3>", page.text)) == 2
    assert "<h3>Får sparas</h3>" in page.text
    assert "IKT-plan, rad 30" in facts(page)["Källor"]


def test_what_is_withheld_is_on_no_page(city: City) -> None:
    """Contacts, prices, protocols, documents, levels."""
    pages = "".join(get(city, f"/tjanster/{one}").text for one in ("nya", "register", "gamla"))
    pages += get(city, "/tjanster/floden").text
    for secret in ("Kim Ek", "kim@", "SFTP", "100000", "avtal.example", "KLASSA"):
        assert secret not in pages


def test_drafts_are_on_no_page(city: City) -> None:
    """Unknown and unpublished are told in the same words."""
    editor = city.caller(EDITS)
    body = {"id": "hemlig", "name": "Hemlig", "organisationId": "namnden"}
    assert editor.request("POST", "/services", json=body).status_code == 201
    draft, unknown = get(city, "/tjanster/hemlig"), get(city, "/tjanster/nope")
    assert draft.status_code == unknown.status_code == 404
    assert text(draft) == text(unknown)
    assert "/tjanster/hemlig" not in get(city, "/tjanster?q=hemlig").text


def test_pages_speak_english_to_whoever_wants_it(city: City) -> None:
    """By the browser's wish or the address, which links then keep."""
    wished = get(city, "/tjanster/gamla", **{"Accept-Language": "en-GB,sv;q=0.3"})
    assert 'lang="en"' in wished.text
    assert "All school forms" in wished.text
    chosen = get(city, "/tjanster?lang=en&q=skolskjuts")
    assert "Apply for school transport" in chosen.text
    assert 'href="/tjanster/skolskjuts?lang=en"' in chosen.text
    assert 'name="lang" value="en"' in chosen.text
    assert wished.headers["content-language"] == "en"


def test_pages_may_be_kept_and_are_not_sent_twice(city: City) -> None:
    """By any cache, in each language, without a cookie."""
    for path in ("/tjanster?q=x", "/tjanster/nya", "/tjanster/floden"):
        page = get(city, path)
        assert page.headers["cache-control"] == "public, max-age=60"
        assert "Accept-Language" in page.headers["vary"]
        assert "set-cookie" not in page.headers
        again = get(city, path, **{"If-None-Match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_page_lets_nothing_else_in(city: City) -> None:
    """No script, no frame around it, no style but its own."""
    policy = get(city, "/tjanster/nya").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy


def linked(answer: httpx.Response) -> dict[str, Any]:
    """What a page says to search engines."""
    (said,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text)
    found: dict[str, Any] = json.loads(said)
    return found


def test_search_engines_are_told_in_their_own_words(city: City) -> None:
    """schema.org; a name that would end the element does not."""
    public = linked(get(city, "/tjanster/skolskjuts"))
    assert (public["@type"], public["name"]) == ("GovernmentService", "Ansök om skolskjuts")
    assert public["provider"]["name"] == "Exempelstads kommun"
    assert public.keys().isdisjoint({"description", "availableChannel", "brand"})
    assert linked(get(city, "/tjanster/nya"))["description"].startswith("Här registreras")
    assert linked(get(city, "/tjanster/gamla"))["brand"]["name"] == "Åkerlund Data"
    editor = city.caller(EDITS)
    nasty = {"id": "nasty", "name": "</script><b>x", "organisationId": "namnden"}
    editor.request("POST", "/services", json=nasty)
    editor.edit("PUT", "/services/nasty/publication")
    page = get(city, "/tjanster/nasty")
    assert linked(page)["name"] == "</script><b>x"
    assert "<b>x" not in page.text


def test_search_engines_are_told_of_the_ways_that_have_an_address(city: City) -> None:
    editor = city.caller(EDITS)
    ways = [{"type": "e_service", "url": "https://e.example.se/"}, {"type": "website"}]
    body = {"id": "kulturskola", "name": "Sök kulturskola", "organisationId": "exempelstad",
            "channels": ways}  # fmt: skip
    assert editor.request("POST", "/public-services", json=body).status_code == 201
    assert editor.edit("PUT", "/public-services/kulturskola/publication").is_success
    told = linked(get(city, "/tjanster/kulturskola"))
    assert told["availableChannel"] == [
        {"@type": "ServiceChannel", "serviceUrl": "https://e.example.se/"}
    ]


def test_a_services_page_draws_its_own_flows(city: City) -> None:
    """And no picture where there are none."""
    drawn = {one: get(city, f"/tjanster/{one}").text.count("<polyline")
             for one in ("register", "nya", "molnet")}  # fmt: skip
    assert drawn == {"register": 1, "nya": 2, "molnet": 0}


def test_the_picture_and_the_table_tell_the_same_flows(city: City) -> None:
    """Each arrow says what it is to whoever cannot see it."""
    page = get(city, "/tjanster/floden")
    titles = [unescape(one) for one in re.findall(r"<title>([^<]*→[^<]*)</title>", page.text)]
    assert sorted(titles) == [
        "Elevregistret → Närvaroportalen: närvaro (i drift)",
        "Närvaroportalen → Schemat: Okänt (behövs inte)",
    ]
    rows = re.findall(r"<tr><td>(.*?)</tr>", page.text)
    assert len(rows) == len(titles)
    assert 'href="/tjanster/register"' in page.text


def test_more_flows_than_can_be_drawn_are_told_in_the_table(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the page says so."""
    assert "fler flöden än en bild kan visa" not in text(get(city, "/tjanster/floden"))
    monkeypatch.setattr(flows, "MOST_DRAWN", 1)
    page = get(city, "/tjanster/floden")
    assert "<polyline" not in page.text
    assert "fler flöden än en bild kan visa" in text(page)
    assert len(re.findall(r"<tr><td>", page.text)) == 2


FLOWS = [Flow("a", "b", "in_operation", "1"), Flow("b", "c", "planned", "2"),
         Flow("a", "c", None, "3"), Flow("c", "a", "built_in", "4"),
         Flow("x", "y", "not_needed", "5")]  # fmt: skip


def test_an_arrow_goes_round_what_it_does_not_concern_and_circles_are_drawn() -> None:
    """Every flow is there once, from its source to its target, past the boxes between."""
    names = {name: f"<{name}>" for name in "abcxy"}
    picture = draw(FLOWS, names, title="t", query="")
    assert picture == draw(FLOWS, names, title="t", query="")
    assert len(re.findall("<polyline", picture)) == len(FLOWS)
    boxes = {
        name: float(x) for x, name in re.findall(r'<rect x="([\d.]+)".*?&lt;(\w)&gt;', picture)
    }
    assert set(boxes) == set(names)
    (past,) = re.findall(r"<title>3</title><polyline[^>]*points=\"([^\"]*)\"", picture)
    turns = [float(point.split(",")[0]) for point in past.split()]
    assert len(turns) == 3
    assert abs(turns[1] - boxes["b"] - 84) >= 84


def test_without_flows_there_is_no_picture() -> None:
    """Rather than an empty frame; what goes from a service to itself goes nowhere."""
    assert draw([], {}, title="t", query="") == ""
    assert draw([Flow("a", "a", None, "1")], {"a": "A"}, title="t", query="") == ""


def test_a_picture_keeps_the_language_and_lets_no_text_be_more_than_text() -> None:
    drawn = draw([Flow("a", "b", None, "<b>1</b>")], {"a": "A", "b": "B"}, title="t",
                 query="?lang=en")  # fmt: skip
    assert 'href="/tjanster/a?lang=en"' in drawn
    assert "<title>&lt;b&gt;1&lt;/b&gt;</title>" in drawn


def test_an_arrow_is_dashed_as_the_legend_says() -> None:
    drawn = draw(FLOWS, {name: name for name in "abcxy"}, title="t", query="")
    lines = r'<title>(\d)</title><polyline(?:[^>]*?stroke-dasharray="([^"]*)")?'
    assert dict(re.findall(lines, drawn)) == {
        "1": "", "2": "9.0 5.0", "3": "2.0 5.0", "4": "", "5": "14.0 4.0 2.0 4.0",
    }  # fmt: skip


def test_a_name_that_does_not_fit_its_box_is_cut() -> None:
    """After two lines."""
    name = "Kommunens system för barn och elever i behov av särskilt stöd"
    drawn = draw([Flow("a", "b", None, "1")], {"a": name, "b": "B"}, title="t", query="")
    assert re.findall(r"<text[^>]*>([^<]*)</text>", drawn)[:2] == [
        "Kommunens system för", "barn och elever i…"
    ]  # fmt: skip


# The library's own way of ranking never ends with these, and holds up the whole process.
ENDLESS = "04 06 18 30 47 51 52 57 63 65 74 87"


def graphs() -> Iterator[set[tuple[str, str]]]:
    """Flows between services in many parts, with circles, of sizes that a city has."""
    yield {(edge[0], edge[1]) for edge in ENDLESS.split()}
    chance = random.Random(1)  # noqa: S311 - no secret
    for size in (2, 3, 5, 8, 14, 25, 60) * 8:
        ends = [f"s{number:02}" for number in range(size)]
        count = chance.randrange(3 * size)
        pairs = {(chance.choice(ends), chance.choice(ends)) for _ in range(count)}
        yield {(source, target) for source, target in pairs if source != target}


def test_every_flow_is_drawn_from_its_source_to_its_target() -> None:
    """And no box lies on another, whatever the flows are."""
    for edges in graphs():
        flows = [Flow(*edge, None, ">".join(edge)) for edge in sorted(edges)]
        names = {end: end for edge in edges for end in edge}
        drawn = draw(flows, names, title="t", query="")
        boxes = {
            name: (float(x), float(y))
            for x, y, name in re.findall(
                r'<rect x="([\d.]+)" y="([\d.]+)"[^>]*/?>.*?<text[^>]*>([^<]*)<', drawn
            )
        }
        assert boxes.keys() == names.keys()
        apart = sorted((y, x) for x, y in boxes.values())
        assert all(a[0] != b[0] or b[1] - a[1] >= 168 for a, b in itertools.pairwise(apart))
        found = re.findall(r'<title>([^<]*)&gt;([^<]*)</title><polyline[^>]*points="([^"]*)', drawn)
        assert len(found) == len(flows)
        for source, target, points in found:
            ways = [tuple(map(float, point.split(","))) for point in points.split()]
            for end, (x, y) in ((source, ways[0]), (target, ways[-1])):
                assert x - boxes[end][0] == pytest.approx(84)
                assert y - boxes[end][1] in (0, 44)


def test_every_code_and_every_text_has_words_in_both_languages() -> None:
    """A new code is not shown as a code."""
    assert TEXTS["sv"].keys() == TEXTS["en"].keys()
    shown = ("ServiceStatus", "ServiceCategory", "DeliveryModel", "PurposeCategory", "Obligation",
             "Permission", "UserGroup", "AgreementType", "AgreementStatus", "IntegrationStatus",
             "ChannelType")  # fmt: skip
    codes = {str(code) for name in shown for code in getattr(code_lists, name)}
    for language in ("sv", "en"):
        assert codes <= CODES[language].keys()


def test_the_description_of_records_is_a_page_too(city: City) -> None:
    """Of an authority that is chosen; unknown and none are told apart there, too."""
    choice = get(city, "/tjanster/arkivbeskrivning")
    assert 'href="/tjanster/arkivbeskrivning?organisation=exempelstad"' in choice.text
    assert "leverantoren" not in choice.text
    editor = city.caller(EDITS)
    agency = {"id": "skolverket", "name": "Skolverket", "type": "national_body"}
    assert editor.request("POST", "/organisations", json=agency).status_code == 201
    assert editor.edit("PUT", "/organisations/skolverket/publication").is_success
    english = get(city, "/tjanster/arkivbeskrivning?lang=en").text
    assert 'href="/tjanster/arkivbeskrivning?organisation=exempelstad&amp;lang=en"' in english
    assert "skolverket" not in english
    assert "Utbildningsnämnden, Exempelstads kommun</a>" in choice.text
    page = get(city, "/tjanster/arkivbeskrivning?organisation=exempelstad")
    assert '<h3><a href="/tjanster/register">Elevregistret</a></h3>' in page.text
    assert "Elevregistret</td><td>Närvaroportalen" in page.text
    assert "Grannmolnet" not in page.text
    assert "Okänt" in facts(page)["Kan innehålla allmänna handlingar"]


def test_the_terms_are_where_each_apis_document_says(city: City) -> None:
    """With whose API it is."""
    for path in ("/catalogue/v1", "/me/v1", "/absence-reports/v1", "/ss12000/v2.0"):
        info = get(city, f"{path}/openapi.json").json()["info"]
        assert info["contact"]["name"] == "Exempelstad"
        assert info["termsOfService"].endswith("/villkor")
    assert "CC0" in text(get(city, "/villkor"))
    assert "without charge" in text(get(city, "/villkor?lang=en"))
