"""Writes docs/ss12000-conformance.md: `python -m tests.ss12000.conformance`.

A row per operation and parameter, with the test that holds it.
"""

from pathlib import Path

from app.queries.resource import Resource
from app.queries.ss12000 import OFFERED
from app.queries.statements import all_filters

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "ss12000-conformance.md"
LISTS = "tests/ss12000/test_lists.py"
SEES = "tests/ss12000/test_who_sees_whom.py"
HEAD = """# Conformance to SS 12000:2020/korr 1:2022 (API 2.1.0)

Made from the declarations that the service reads requests with, by
`python -m tests.ss12000.conformance`; a test holds it up to date. Every answer of every test is
also validated against `openapi/ss12000.json`, and explicit nulls are refused.

## Not offered

| Operation | Answer | Test |
|---|---|---|
| `/grades`, `/studyplans` | 404 `notOffered`: outside what the service may hold | `{lists}::test_grades_and_study_plans_are_not_offered` |
| POST, DELETE on attendances, attendanceEvents, attendanceSchedule, absences | 405: not yet | `{lists}::test_other_methods_are_refused_with_what_is_allowed` |
| `/subscriptions`, `/log`, `/statistics` | 404: not yet | |

## What the standard leaves open, and how it is decided here

| Question | Decision | Test |
|---|---|---|
| Filters beside a pageToken | equal ones accepted, different ones 400, none needed | `{lists}::test_equal_filters_may_be_repeated_beside_a_token`, `::test_other_filters_beside_a_token_are_refused` |
| An old pageToken | 410 | `{lists}::test_an_old_token_is_gone` |
| `limit` above the largest page | answered with the largest page | `{lists}::test_a_huge_limit_is_answered_with_the_largest_page` |
| Unknown parameters | 400 that names them; known aliases of published clients are taken | `{lists}::test_a_bad_parameter_is_named` |
| Unknown `expand` values, or ones whose scope is missing | ignored | `{lists}::test_unknown_expansions_are_ignored`, `::test_an_expansion_needs_its_own_scope` |
| Several keys in a lookup | what matches any of them | `{lists}::test_a_lookup_answers_the_union_of_its_keys` |
| A lookup that would answer too much | 503 `answerTooLarge` | |
| Order without `sortkey` | by id; lessons and attendance by time; by `modified` with `meta.modified.after` | `tests/ss12000/test_plans.py` |
| Other spellings of paths, final slashes, missing base path | answered, never redirected | `{lists}::test_paths_that_clients_really_send_are_answered_without_redirect` |
| Protected identity | does not exist without clearance | `{sees}` |
| `/deletedEntities` without timestamps | what was deleted, and what left this consumer's view: `tests/ss12000/test_deleted_entities.py` | `tests/ss12000/test_deleted_entities.py::test_what_left_the_view_is_told_and_nothing_else` |
| The key of deleted activities | both `activitites` and `activities` | `tests/ss12000/test_deleted_entities.py::test_pages_of_one_add_up_to_the_whole` |
| A change of marking | moves `modified` of all that is about the person | `tests/ss12000/test_deleted_entities.py::test_who_comes_out_of_protection_is_met_by_a_poller` |
| Conditional requests | `ETag` on lists and objects, `If-None-Match` | `tests/ss12000/test_conditional.py::test_the_tag_changes_when_the_answer_does_and_only_then` |
| `endTime` of scheduleEntries | "HH:MM" string, as startTime | `tests/schemas/test_wire_shapes.py` |
| SchoolUnitOffering | carries id and meta | `tests/schemas/test_wire_shapes.py` |

## Operations

| Operation | Parameter | Test |
|---|---|---|
"""


def rows(resource: Resource) -> list[str]:
    """The table rows of a resource."""
    path = f"/{resource.path}"
    listing = f"GET {path}"
    found = [f"| `{listing}` | | `{SEES}::test_a_caller_gets_everyone_it_may_see` |"]
    found += [
        f"| `{listing}` | `{declared.name}` "
        f"| `{LISTS}::test_every_filter_is_taken_and_only_narrows` |"
        for declared in all_filters(resource)
    ]
    found += [
        f"| `{listing}` | `sortkey={sort.name}` "
        f"| `{LISTS}::test_paging_one_by_one_gives_what_one_page_gives` |"
        for sort in resource.sorts
    ]
    found += [
        f"| `{listing}` | `expand={name}` | `{SEES}::test_a_caller_learns_of_nobody_else` |"
        for name in resource.expansions
    ]
    names = f"`{LISTS}::test_names_of_references_come_only_when_asked_for`"
    found.append(f"| `{listing}` | `expandReferenceNames` | {names} |")
    if resource.lookup:
        keys = ", ".join(f"`{key.name}`" for key in resource.lookup)
        test = f"`{SEES}::test_a_caller_learns_of_nobody_else`"
        found.append(f"| `POST {path}/lookup` | {keys} | {test} |")
    if resource.has_by_id:
        test = f"`{SEES}::test_a_caller_learns_of_nobody_else`"
        found.append(f"| `GET {path}/{{id}}` | `id` | {test} |")
    return found


DELETED = "tests/ss12000/test_deleted_entities.py"
OTHER_ROWS = [
    f"| `GET /deletedEntities` | | `{DELETED}::test_what_left_the_view_is_told_and_nothing_else` |",
    f"| `GET /deletedEntities` | `after` | `{DELETED}::test_what_left_before_the_instant_asked_about_is_not_told` |",
    f"| `GET /deletedEntities` | `entities`, `meta.modified.after` | `{DELETED}::test_kinds_can_be_chosen` |",
    f"| `GET /deletedEntities` | `limit`, `pageToken` | `{DELETED}::test_pages_of_one_add_up_to_the_whole` |",
]


def document() -> str:
    """The whole page."""
    head = HEAD.format(lists=LISTS, sees=SEES)
    found = [row for resource in OFFERED for row in rows(resource)]
    return head + "\n".join([*found, *OTHER_ROWS]) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
