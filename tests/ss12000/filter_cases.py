"""How the filter tables write a case: a value, and the names of the rows it answers."""

Value = str | list[str]
Cases = list[tuple[Value, str]]

# The boundaries of `edges`, as a client writes them.
CREATED, MODIFIED = "2026-08-01T08:00:00.123456Z", "2026-09-02T10:00:00.123456+02:00"
FIRST_DAY, LAST_DAY = "2026-08-17", "2027-06-11"
START, END = "2026-09-01T00:00:00+02:00", "2026-09-01T01:00:00+02:00"


def date_filters(
    *, start_before: str, start_after: str, end_before: str, end_after: str
) -> dict[str, Cases]:
    """startDate and endDate filters at the boundaries, where rows stand on either side."""
    return {
        "startDate.onOrBefore": [(FIRST_DAY, start_before)],
        "startDate.onOrAfter": [(FIRST_DAY, start_after)],
        "endDate.onOrBefore": [(LAST_DAY, end_before)],
        "endDate.onOrAfter": [(LAST_DAY, end_after)],
    }


def meta_filters(moments: tuple[str, str, str]) -> dict[str, Cases]:
    """The meta filters: before is inclusive, after exclusive, to the microsecond.

    Rows created just before the boundary were modified just after theirs, and the other way round.
    """
    first, at, last = moments
    return {
        "meta.created.before": [(CREATED, f"{first} {at}")],
        "meta.created.after": [(CREATED, last)],
        "meta.modified.before": [(MODIFIED, f"{at} {last}")],
        "meta.modified.after": [(MODIFIED, first)],
    }
