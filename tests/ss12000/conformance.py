"""Writes docs/ss12000-conformance.md: `python -m tests.ss12000.conformance`.

A row per operation and parameter, with the test that holds it.
"""

from pathlib import Path

from app.queries.resource import Resource
from app.queries.ss12000 import OFFERED
from app.queries.statements import all_filters
from app.routers.ss12000.writes import WRITES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "ss12000-conformance.md"
LISTS = "tests/ss12000/test_lists.py"
MEANINGS = "tests/ss12000/test_meanings.py"
SEES = "tests/ss12000/test_who_sees_whom.py"
WRITTEN = {
    "writes": "tests/ss12000/test_writes.py",
    "faults": "tests/ss12000/test_write_faults.py",
    "once": "tests/ss12000/test_idempotency.py",
    "about": "tests/ss12000/test_who_writes_about_whom.py",
}
SUBSCRIBING = "tests/subscriptions/test_subscribing.py"
TELLING = "tests/subscriptions/test_telling.py"
HEAD = """# Conformance to SS 12000:2020/korr 1:2022 (API 2.1.0)

Made from the declarations that the service reads requests with, by
`python -m tests.ss12000.conformance`; a test holds it up to date. Every answer of every test is
also validated against `openapi/ss12000.json`, and explicit nulls are refused.

## Not offered

| Operation | Answer | Test |
|---|---|---|
| `/grades`, `/studyplans` | 404 `notOffered`: outside what the service may hold | `{lists}::test_grades_and_study_plans_are_not_offered` |
| PUT; PATCH but of subscriptions; DELETE of absences | 405: the standard has none. An absence is withdrawn in the API absence-reports | `{writes}::test_other_methods_are_refused_with_all_that_are_allowed` |

## What the standard leaves open, and how it is decided here

| Question | Decision | Test |
|---|---|---|
| Filters beside a pageToken | equal ones accepted, different ones 400, none needed | `{lists}::test_equal_filters_may_be_repeated_beside_a_token`, `::test_other_filters_beside_a_token_are_refused` |
| An old pageToken | 410 | `{lists}::test_an_old_token_is_gone` |
| `limit` above the largest page | answered with the largest page | `{lists}::test_a_huge_limit_is_answered_with_the_largest_page` |
| Unknown parameters | 400 that names them; known aliases of published clients are taken | `{lists}::test_a_bad_parameter_is_named` |
| Unknown `expand` values, or ones whose scope is missing | ignored | `{lists}::test_unknown_expansions_are_ignored`, `::test_an_expansion_needs_its_own_scope` |
| Several keys in a lookup | what matches any of them | `{lists}::test_a_lookup_answers_the_union_of_its_keys` |
| A lookup that would answer too much | 503 `answerTooLarge` | `{lists}::test_a_lookup_that_would_answer_too_much_is_refused_whole` |
| Order without `sortkey` | by id; lessons and attendance by time; by `modified` with `meta.modified.after` | `{meanings}::test_a_sort_key_gives_the_order_that_it_means`, `::test_what_changed_since_is_answered_oldest_first` |
| Rows with equal sort keys | by id, the other way round when the key is descending | `{meanings}::test_a_sort_key_gives_the_order_that_it_means` |
| Missing values in an order | a missing end after every day; any other missing value before every value | `{meanings}::test_a_sort_key_gives_the_order_that_it_means` |
| Alphabetical order | Swedish: case and accents do not count, w after v, å ä ö after z; persons by family name first | `{meanings}::test_a_sort_key_gives_the_order_that_it_means` |
| Other spellings of paths, final slashes, missing base path | answered, never redirected | `{lists}::test_paths_that_clients_really_send_are_answered_without_redirect` |
| Protected identity | does not exist without clearance | `{sees}` |
| `/deletedEntities` without timestamps | what was deleted, and what left this consumer's view: `tests/ss12000/test_deleted_entities.py` | `tests/ss12000/test_deleted_entities.py::test_what_left_the_view_is_told_and_nothing_else` |
| The key of deleted activities | both `activitites` and `activities` | `tests/ss12000/test_deleted_entities.py::test_pages_of_one_add_up_to_the_whole` |
| A change of marking | moves `modified` of all that is about the person | `tests/ss12000/test_deleted_entities.py::test_who_comes_out_of_protection_is_met_by_a_poller` |
| Conditional requests | `ETag` on lists and objects, `If-None-Match` | `tests/ss12000/test_conditional.py::test_the_tag_changes_when_the_answer_does_and_only_then` |
| `Accept: application/x-ndjson` on a list | the whole list as a stream (docs/whole-sets.md) | `tests/ss12000/test_whole_sets.py::test_a_whole_set_holds_the_bytes_of_the_pages` |
| What may be written, and about whom | as reading: what the caller may not see is 404, word for word as what never was | `{about}::test_a_caller_writes_about_exactly_the_pupils_it_may_see` |
| A body with faults | 400 with all of them at once, in `errors` by path | `{faults}::test_faults_of_shape_and_of_meaning_are_told_together` |
| Times written here | with an offset, Stockholm's of that instant or UTC's | `{faults}::test_a_wrong_zone_is_told_with_the_right_one` |
| `id` and `meta` of a body | ignored, though the standard lists them as required | `{writes}::test_every_property_that_is_sent_comes_back` |
| A request that is sent twice | `Idempotency-Key`: the first answer for 24 hours, 409 with anything else | `{once}::test_a_repeat_gets_the_first_answer_and_stores_nothing`, `::test_another_body_or_operation_under_the_key_is_a_conflict` |
| The same attendance, event, schedule or absence written again without a key | 409 | `{writes}::test_the_same_thing_again_is_a_conflict_in_words` |
| Minutes of an attendance | add up to the lesson's length for the pupil; none before it is reported | `{faults}::test_minutes_add_up_to_the_lesson_or_are_not_there` |
| `state` of a new schedule | one step `Begärt` when absent | `{writes}::test_a_schedule_begins_as_asked_for` |
| `organisation` of a new absence | derived when the pupil belongs to one unit then | `{faults}::test_an_absence_is_from_a_unit_where_the_pupil_is_then` |
| Two who delete or change the same | `If-Match` with the `ETag` of a read; 412 | `{writes}::test_a_deletion_depends_on_the_state_that_if_match_names` |
| DELETE of what a source sent | 409: it would come back with the next import | `{writes}::test_what_a_source_sent_is_not_deleted_here` |
| `expires` of a subscription | 90 days unless the city chose otherwise; PATCH renews, with `expires` or without a body | `{subscribing}::test_a_renewal_lasts_as_long_as_asked_and_allowed` |
| `resourceTypes` | objects or bare names; only types that the consumer may read | `{subscribing}::test_bare_names_and_repeats_are_taken`, `{subscribing}::test_only_what_may_be_read_can_be_subscribed_to` |
| Notices: spelling, signature, repeats | both spellings; Standard Webhooks; at least once, for 24 hours | `{telling}::test_a_change_is_told_once_in_both_spellings_and_without_any_data`, `{telling}::test_an_independent_library_accepts_the_signature`, `{telling}::test_a_dead_receiver_is_tried_for_a_day_ever_less_often_and_then_parked` |
| Whom a change is told to | those who may see the object | `tests/subscriptions/test_who_is_told.py::test_a_change_is_told_to_those_who_see_the_object` |
| What accepts a notice | any 2xx | `{telling}::test_every_2xx_is_an_acceptance` |
| Who may report to `/log/` and `/statistics/` | any consumer with a grant, so many a day; unknown properties and null are passed over | `{reports}::test_a_consumer_cannot_fill_the_disk`, `::test_what_published_clients_send_is_taken` |
| `resourceUrl` of reports | any text: published clients send parts of an address | `{reports}::test_a_log_entry_is_kept_as_it_was_sent` |
| `endTime` of scheduleEntries | "HH:MM" string, as startTime | `tests/schemas/test_wire_shapes.py` |
| SchoolUnitOffering | carries id and meta | `tests/schemas/test_wire_shapes.py` |

## Operations

| Operation | Parameter | Test |
|---|---|---|
"""


def held_by(test: str, resource: Resource, name: str) -> str:
    """The test of one row of the tables, as pytest takes it."""
    return f"`{MEANINGS}::{test}[{resource.name}-{name}]`"


def parameter_rows(resource: Resource) -> list[str]:
    """The parameters of a list: filters with their aliases, then orders."""
    listing, test = f"GET /{resource.path}", "test_a_filter_answers_the_rows_that_it_means"
    found = []
    for declared in all_filters(resource):
        found.append(
            f"| `{listing}` | `{declared.name}` | {held_by(test, resource, declared.name)} |"
        )
        found += [
            f"| `{listing}` | `{alias}`, taken as `{declared.name}` | {held_by(test, resource, alias)} |"
            for alias in declared.aliases
        ]
    test = "test_a_sort_key_gives_the_order_that_it_means"
    return found + [
        f"| `{listing}` | `sortkey={sort.name}` | {held_by(test, resource, sort.name)} |"
        for sort in resource.sorts
    ]


def lookup_rows(resource: Resource) -> list[str]:
    """The keys of a lookup, with their aliases."""
    test = "test_a_lookup_key_answers_the_rows_that_it_means"
    named = [
        (name, f"`{name}`" if name == key.name else f"`{name}`, taken as `{key.name}`")
        for key in resource.lookup
        for name in (key.name, *key.aliases)
    ]
    return [
        f"| `POST /{resource.path}/lookup` | {shown} | {held_by(test, resource, name)} |"
        for name, shown in named
    ]


def rows(resource: Resource) -> list[str]:
    """The table rows of a resource."""
    path = f"/{resource.path}"
    listing = f"GET {path}"
    found = [f"| `{listing}` | | `{SEES}::test_a_caller_learns_of_exactly_those_whom_it_may_see` |"]
    found += parameter_rows(resource)
    found += [
        f"| `{listing}` | `expand={name}` "
        f"| {held_by('test_an_expansion_embeds_what_it_means', resource, name)} |"
        for name in resource.expansions
    ]
    names = f"`{LISTS}::test_names_of_references_come_only_when_asked_for`"
    found.append(f"| `{listing}` | `expandReferenceNames` | {names} |")
    found += lookup_rows(resource)
    if resource.has_by_id:
        test = f"`{SEES}::test_a_caller_learns_of_exactly_those_whom_it_may_see`"
        found.append(f"| `GET {path}/{{id}}` | `id` | {test} |")
    return found + write_rows(resource)


def write_rows(resource: Resource) -> list[str]:
    """POST and DELETE, where the standard has them."""
    write = WRITES.get(resource.name)
    if write is None:
        return []
    path, file = f"/{resource.path}", WRITTEN["writes"]
    found = [
        f"| `POST {path}` | body | `{file}::test_what_is_written_is_answered_as_it_is_read` |",
        f"| `POST {path}` | `Idempotency-Key` | `{WRITTEN['once']}::test_a_repeat_gets_the_first_answer_and_stores_nothing` |",
    ]
    if write.deletable:
        found += [
            f"| `DELETE {path}/{{id}}` | `id` | `{file}::test_what_was_written_is_deleted_and_told_of` |",
            f"| `DELETE {path}/{{id}}` | `If-Match` | `{file}::test_a_deletion_depends_on_the_state_that_if_match_names` |",
        ]
    return found


REPORTS = "tests/ss12000/test_consumer_reports.py"
DELETED = "tests/ss12000/test_deleted_entities.py"
OTHER_ROWS = [
    f"| `GET /deletedEntities` | | `{DELETED}::test_what_left_the_view_is_told_and_nothing_else` |",
    f"| `GET /deletedEntities` | `after` | `{DELETED}::test_what_left_before_the_instant_asked_about_is_not_told` |",
    f"| `GET /deletedEntities` | `entities`, `meta.modified.after` | `{DELETED}::test_kinds_can_be_chosen` |",
    f"| `GET /deletedEntities` | `limit`, `pageToken` | `{DELETED}::test_pages_of_one_add_up_to_the_whole` |",
    f"| `GET /subscriptions` | `limit`, `pageToken` | `{SUBSCRIBING}::test_a_consumer_has_at_most_so_many_and_reads_them_page_by_page` |",
    f"| `POST /subscriptions` | `name`, `target`, `resourceTypes` | `{SUBSCRIBING}::test_a_subscription_is_made_listed_read_renewed_and_deleted` |",
    f"| `GET /subscriptions/{{id}}` | `id` | `{SUBSCRIBING}::test_anothers_subscription_answers_as_one_that_never_was` |",
    f"| `PATCH /subscriptions/{{id}}` | `id`, `expires` | `{SUBSCRIBING}::test_a_renewal_lasts_as_long_as_asked_and_allowed` |",
    f"| `DELETE /subscriptions/{{id}}` | `id` | `{SUBSCRIBING}::test_a_subscription_is_made_listed_read_renewed_and_deleted` |",
    f"| `POST /log/` | body | `{REPORTS}::test_a_log_entry_is_kept_as_it_was_sent` |",
    f"| `POST /statistics/` | body | `{REPORTS}::test_a_statistics_entry_is_kept_as_it_was_sent` |",
]


def document() -> str:
    """The whole page."""
    head = HEAD.format(
        lists=LISTS,
        meanings=MEANINGS,
        sees=SEES,
        subscribing=SUBSCRIBING,
        telling=TELLING,
        reports=REPORTS,
        **WRITTEN,
    )
    found = [row for resource in OFFERED for row in rows(resource)]
    return head + "\n".join([*found, *OTHER_ROWS]) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
