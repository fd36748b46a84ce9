"""Filters, orders and lookup keys that resources share."""

from app.queries.resource import Filter, Kind, LookupKey, Sort


def ids_key(table: str) -> LookupKey:
    """The key `ids` that every lookup has."""
    return LookupKey(
        "ids", Kind.UUID, f"SELECT id FROM {table} WHERE id = ANY({{p}})", "Object ids."
    )


def date_filters(*, keep_open_start: bool = False) -> tuple[Filter, ...]:
    """startDate and endDate filters. An unset endDate always passes the endDate filters.

    `keep_open_start`: rows without endDate also pass the startDate filters, as the standard
    words it for organisations.
    """
    kept = " OR {a}.end_date IS NULL" if keep_open_start else ""
    end = " OR {a}.end_date IS NULL"
    also = " Rows without endDate are always kept." if keep_open_start else ""
    return (
        Filter("startDate.onOrBefore", Kind.DATE, f"({{a}}.start_date <= {{p}}{kept})",
               f"startDate on or before this day.{also}"),
        Filter("startDate.onOrAfter", Kind.DATE, f"({{a}}.start_date >= {{p}}{kept})",
               f"startDate on or after this day.{also}"),
        Filter("endDate.onOrBefore", Kind.DATE, f"({{a}}.end_date <= {{p}}{end})",
               "endDate on or before this day, or not set."),
        Filter("endDate.onOrAfter", Kind.DATE, f"({{a}}.end_date >= {{p}}{end})",
               "endDate on or after this day, or not set."),
    )  # fmt: skip


META_FILTERS = tuple(
    Filter(f"meta.{moment}.{side}", Kind.DATE_TIME, f"{{a}}.{moment} {operator} {{p}}",
           f"{moment.capitalize()} {words} this instant.")
    for moment in ("created", "modified")
    for side, operator, words in (("before", "<=", "at or before"), ("after", ">", "after"))
)  # fmt: skip

MODIFIED_DESC = Sort("ModifiedDesc", "{a}.modified", "timestamptz", descending=True)
MODIFIED_ASC = Sort("", "{a}.modified", "timestamptz")
START_DATES = (
    Sort("StartDateAsc", "{a}.start_date", "date"),
    Sort("StartDateDesc", "{a}.start_date", "date", descending=True),
)
END_DATES = (
    Sort("EndDateAsc", "coalesce({a}.end_date, 'infinity'::date)", "date"),
    Sort("EndDateDesc", "coalesce({a}.end_date, 'infinity'::date)", "date", descending=True),
)
