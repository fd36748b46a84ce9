"""Page tokens, refusals, shapes and limits of lists and lookups."""

import base64
import time
from typing import Any

import pytest

from app.auth.secret import PAGE_TOKENS, derived_key, installation_secret
from app.queries.page_tokens import PagePosition, seal
from app.queries.ss12000 import OFFERED
from tests.make import EVERYONE, named
from tests.ss12000.conftest import Caller, Town
from tests.ss12000.test_who_sees_whom import WINDOW


def first_token(caller: Caller) -> str:
    """A page token of the list of persons."""
    token: str = caller.get("/persons", limit=1, nameContains="a").json()["pageToken"]
    return token


def test_equal_filters_may_be_repeated_beside_a_token(the_town: Town) -> None:
    """As two public consumers do it."""
    caller = the_town.caller()
    again = caller.get("/persons", pageToken=first_token(caller), nameContains="a", limit=2)
    assert again.status_code == 200
    assert len(again.json()["data"]) == 2


@pytest.mark.parametrize("changed", [{"nameContains": "b"}, {"sortkey": "GivenNameAsc"},
                                     {"civicNo": "201201010000"}])  # fmt: skip
def test_other_filters_beside_a_token_are_refused(the_town: Town, changed: dict[str, str]) -> None:
    """A filter swapped under a token could show what was never asked for."""
    caller = the_town.caller()
    refused = caller.get("/persons", pageToken=first_token(caller), **changed)
    assert (refused.status_code, refused.json()["code"]) == (400, "badPageToken")


def test_a_token_is_of_no_use_to_another_consumer_or_resource(the_town: Town) -> None:
    """Bound to both."""
    token = first_token(the_town.caller())
    other = the_town.caller()
    assert other.get("/persons", pageToken=token).json()["code"] == "badPageToken"
    own = the_town.caller()
    assert own.get("/groups", pageToken=first_token(own)).json()["code"] == "badPageToken"


def test_a_token_shows_nothing_and_cannot_be_changed(the_town: Town) -> None:
    """Where a page ended can be a name; tokens travel in URLs."""
    caller = the_town.caller()
    token = first_token(caller)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert b"persons" not in raw
    assert not set(token) & set("+/=%")
    for position in range(0, len(token), 7):
        swapped = "A" if token[position] != "A" else "B"
        forged = token[:position] + swapped + token[position + 1 :]
        assert caller.get("/persons", pageToken=forged).status_code == 400


def test_an_old_token_is_gone(the_town: Town) -> None:
    """410, which clients in the field know."""
    caller = the_town.caller()
    assert caller.consumer is not None
    settings = the_town.settings
    position = PagePosition("persons", {}, None, str(named("anna")), int(time.time()) - 86_401)
    key = derived_key(installation_secret(settings), PAGE_TOKENS)
    token = seal(position, client_id=caller.consumer.client_id, secret=key)
    gone = caller.get("/persons", pageToken=token)
    assert (gone.status_code, gone.json()["code"]) == (410, "pageTokenExpired")


@pytest.mark.parametrize(
    ("path", "parameters", "said"),
    [
        ("/persons", {"schoolUnit": "x"}, "schoolUnit is not a parameter"),
        ("/persons", {"limit": "0"}, "limit must be"),
        ("/persons", {"limit": "many"}, "limit must be"),
        ("/persons", {"limit": "-1"}, "limit must be"),
        ("/persons", {"limit": ["1", "2"]}, "limit was given 2 times"),
        ("/persons", {"sortkey": "Best"}, "sortkey must be one of"),
        ("/persons", {"expandReferenceNames": "maybe"}, "expandReferenceNames must be"),
        ("/persons", {"meta.modified.after": "2026-08-01T08:00:00"}, "with an offset"),
        ("/persons", {"meta.modified.after": "2026-13-01T08:00:00Z"}, "with an offset"),
        ("/persons", {"relationship.entity.type": "friend"}, "must be one of"),
        ("/persons", {"relationship.organisation": "north"}, "must be a UUID"),
        ("/persons", {"relationship.startDate.onOrAfter": "2026-02-30"}, "must be a date"),
        ("/persons", {"nameContains": "a\x00"}, "without NUL"),
        ("/persons", {"nameContains": "a" * 501}, "at most 500"),
        ("/persons", {"pageToken": "nonsense"}, "pageToken is not one"),
        ("/persons", {"pageToken": "å"}, "pageToken is not one"),
        ("/duties", {"person": [str(named("anna")), str(named("bo"))]}, "different values"),
        ("/calendarEvents", {}, "startTime.onOrAfter is required"),
        ("/aggregatedAttendance", {"startDate": "2026-08-01"}, "endDate is required"),
    ],
)
def test_a_bad_parameter_is_named(
    the_town: Town, path: str, parameters: dict[str, Any], said: str
) -> None:
    """400 in the standard's body: what was wrong, what was expected."""
    refused = the_town.caller().get(path, **parameters)
    assert refused.status_code == 400, refused.text
    assert said in refused.json()["message"]


def test_a_huge_limit_is_answered_with_the_largest_page(
    the_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documented repair: the standard sets no maximum."""
    monkeypatch.setattr(the_town.settings, "page_size_max", 3)
    page = the_town.caller().get("/persons", limit="1000000000").json()
    assert len(page["data"]) == 3
    assert "pageToken" in page


def test_without_a_limit_the_usual_page_is_answered(
    the_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server decides."""
    monkeypatch.setattr(the_town.settings, "page_size_default", 4)
    assert len(the_town.caller().get("/persons").json()["data"]) == 4


def test_a_huge_query_is_refused(the_town: Town) -> None:
    """414, or the server's own refusal of a request line that long."""
    refused = the_town.caller().get("/persons", nameContains="a" * 20_000)
    assert refused.status_code == 414


def test_unknown_expansions_are_ignored(the_town: Town) -> None:
    """A published client sends expand=enrolments regardless."""
    answer = the_town.caller().get(f"/persons/{named('anna')}", expand="enrolments")
    assert answer.status_code == 200
    assert "_embedded" not in answer.json()


def test_an_expansion_needs_its_own_scope(the_town: Town) -> None:
    """Attendance does not come along with the schedule."""
    window = WINDOW["calendarEvents"]
    both = the_town.caller().get("/calendarEvents", **window, expand="attendance").json()
    less = the_town.caller(scopes=["schedule:read"]).get(
        "/calendarEvents", **window, expand="attendance"
    )
    assert "_embedded" in both["data"][0]
    assert less.status_code == 200
    assert "_embedded" not in less.text


@pytest.mark.parametrize("parameters", [{"civicNo": "1"}, {"identifier.value": "anna"},
                                        {"sortkey": "CivicNoAsc"}])  # fmt: skip
def test_a_filter_on_ungranted_properties_is_refused(
    the_town: Town, parameters: dict[str, str]
) -> None:
    """Filter and order would tell what may not be read."""
    refused = the_town.caller(field_groups=()).get("/persons", **parameters)
    assert refused.status_code == 403
    assert "identifiers" in refused.json()["message"]


def test_names_of_references_come_only_when_asked_for(the_town: Town) -> None:
    """displayName on every reference with expandReferenceNames, and nowhere without."""
    caller = the_town.caller()
    plain = caller.get("/activities").json()["data"][0]
    named_ones = caller.get("/activities", expandReferenceNames="True").json()["data"][0]
    assert "displayName" not in plain["groups"][0]
    assert named_ones["groups"][0]["displayName"].endswith("-class")
    assert named_ones["teachers"][0]["duty"]["displayName"].endswith("Testsson")


@pytest.mark.parametrize("path", ["/v2.0/persons", "/persons", "/persons/",
                                  "/ss12000/v2.0/persons/", "/attendanceSchedules",
                                  "/v2.0/attendanceSchedules/"])  # fmt: skip
def test_paths_that_clients_really_send_are_answered_without_redirect(
    the_town: Town, path: str
) -> None:
    """Two published clients drop the base path, one adds slashes, five use the plural."""
    caller = the_town.caller()
    assert caller.consumer is not None
    answer = the_town.http.get(path, headers=caller.consumer.headers)
    assert answer.status_code == 200
    assert answer.json()["data"]


@pytest.mark.parametrize("path", ["/oauth/token/", "/oauth/revoke/", "/oauth/introspect/"])
def test_a_request_with_a_secret_is_never_redirected(the_town: Town, path: str) -> None:
    """A 307 would send it on to wherever it points."""
    answer = the_town.http.post(path, data={"client_secret": "x"}, follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PATCH", "POST"])
def test_other_methods_are_refused_with_what_is_allowed(the_town: Town, method: str) -> None:
    """405 with Allow."""
    refused = the_town.caller().request(method, "/persons")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["/grades", "/studyplans", "/studyPlans", f"/grades/{named('x')}",
                                  "/grades/lookup"])  # fmt: skip
def test_grades_and_study_plans_are_not_offered(the_town: Town, path: str) -> None:
    """404 with a code that says why."""
    method = "POST" if path.endswith("lookup") else "GET"
    refused = the_town.caller().request(method, path)
    assert (refused.status_code, refused.json()["code"]) == (404, "notOffered")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "JSON object"),
        (b"[]", 400, "JSON object"),
        (b'{"ids": null}', 400, "array of strings"),
        (b'{"ids": [1]}', 400, "array of strings"),
        (b'{"ids": ["x"]}', 400, "must be a UUID"),
        (b'{"id": []}', 400, "not a key"),
        (b'{"ids": [], "ids": []}', 400, "each key once"),
        (b'{"ids": NaN}', 400, "JSON object"),
        (b'{"ids": ' + b"[" * 100_000, 400, "JSON object"),
        (b'{"ids": ["' + b"a" * 1_100_000 + b'"]}', 413, "bytes"),
        (b"\xff\xfe", 400, "JSON object"),
    ],
)
def test_a_bad_lookup_body_is_refused(the_town: Town, body: bytes, status: int, said: str) -> None:
    """Never a 500."""
    refused = the_town.caller().request(
        "POST", "/persons/lookup", content=body, headers={"Content-Type": "application/json"}
    )
    assert refused.status_code == status
    assert said in refused.json()["message"]


def test_an_empty_lookup_answers_an_empty_array(the_town: Town) -> None:
    """`{}` asks for nothing."""
    caller = the_town.caller()
    assert caller.post("/persons/lookup", {}).json() == []
    assert caller.post("/persons/lookup", {"ids": []}).json() == []


def test_a_lookup_answers_the_union_of_its_keys(the_town: Town) -> None:
    """Anything that matches any key, once."""
    caller = the_town.caller()
    civic = caller.get(f"/persons/{named('bo')}").json()["civicNo"]["value"]
    found = caller.post("/persons/lookup", {"ids": [str(named("anna"))], "civicNos": [civic]})
    assert {row["givenName"] for row in found.json()} == {"anna", "bo"}


def test_a_lookup_that_would_answer_too_much_is_refused_whole(
    the_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, on which a published client halves its batch; as many as there may be are answered."""
    monkeypatch.setattr(the_town.settings, "lookup_max_rows", 2)
    caller = the_town.caller()
    ids = [str(named(name)) for name in ("anna", "bo", "anna-parent")]
    refused = caller.post("/persons/lookup", {"ids": ids})
    assert (refused.status_code, refused.json()["code"]) == (503, "answerTooLarge")
    assert len(caller.post("/persons/lookup", {"ids": ids[:2]}).json()) == 2


def test_media_types_that_are_not_json_are_refused(the_town: Town) -> None:
    """415 for bodies, 406 for answers."""
    caller = the_town.caller()
    headers = {"Content-Type": "text/xml"}
    assert (
        caller.request("POST", "/persons/lookup", content=b"<a/>", headers=headers).status_code
        == 415
    )
    assert caller.request("GET", "/persons", headers={"Accept": "text/csv"}).status_code == 406


@pytest.mark.parametrize("resource", OFFERED, ids=lambda resource: resource.name)
def test_every_operation_asks_for_a_token_and_its_scope(the_town: Town, resource: Any) -> None:
    """401 without a token; 403 that names the scope with a token that lacks it."""
    path = f"/{resource.path}"
    anonymous = the_town.nobody().get(path)
    assert anonymous.status_code == 401
    assert anonymous.headers["www-authenticate"].startswith("Bearer ")
    others = [scope for scope in ("organisations:read", "people:read", "schedule:read",
                                  "attendance:read") if scope != resource.scope]  # fmt: skip
    refused = the_town.caller(scopes=others).get(path)
    assert refused.status_code == 403
    assert f'scope="{resource.scope}"' in refused.headers["www-authenticate"]
    assert str(resource.scope) in refused.json()["message"]


def test_times_carry_stockholms_offset(the_town: Town) -> None:
    """Summer time in September."""
    lesson = the_town.caller().get(f"/calendarEvents/{named('north-lesson')}").json()
    assert lesson["startTime"] == "2026-09-01T08:10:00+02:00"


def test_sums_are_those_of_the_rows(the_town: Town) -> None:
    """Aggregated attendance per activity and pupil."""
    sums = the_town.caller().get("/aggregatedAttendance", **WINDOW["aggregatedAttendance"]).json()
    assert {row["student"]["id"]: row["attendanceSum"] for row in sums["data"]} == {
        str(named("anna")): 60,
        str(named("bo")): 60,
    }
    assert all(row["offeredSum"] == 60 and row["reportedSum"] == 60 for row in sums["data"])


def test_the_rate_limit_says_how_long_to_wait(the_town: Town) -> None:
    """429 with Retry-After and the standard's RateLimit headers, per consumer."""
    caller = the_town.caller(rate_tier="trial")
    answers = [caller.get("/syllabuses") for _ in range(122)]
    refused = answers[-1]
    assert answers[0].headers["ratelimit-policy"] == '"read";q=120;w=60'
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert the_town.caller(rate_tier="trial").get("/syllabuses").status_code == 200


def test_the_town_is_not_empty() -> None:
    """The tests above loop over something."""
    assert len(EVERYONE) == 9


def test_a_path_with_a_line_break_is_refused_by_the_door_that_it_leads_to(the_town: Town) -> None:
    """In the standard's own shape, as any other id that cannot be."""
    refused = the_town.caller().get("/resources/a%0Ab")
    assert refused.status_code in (400, 404)
    assert set(refused.json()) == {"code", "message"}
