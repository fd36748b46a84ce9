"""Small builders of SQL expressions that answer JSON as text.

`concat()` skips NULL and `||` passes it on, so a member whose value is NULL leaves itself out:
unset values are absent from the wire, never `null`. Measured against json_build_object with
json_strip_nulls this is more than twice as fast (docs/adr/0003).
Every argument is an SQL expression written in this project; none comes from a request.
"""

# PostgreSQL functions take at most 100 arguments.
MOST_ARGUMENTS = 90


def text(expression: str) -> str:
    """A JSON string (escaped) of a text, or a time stamp with the session's offset."""
    return f"to_json({expression})::text"


def plain(expression: str) -> str:
    """A JSON string of a value that never needs escaping: uuid or date."""
    return f"""'"' || {expression} || '"'"""


def literal(expression: str) -> str:
    """A number, boolean or JSON value as it stands."""
    return f"({expression})::text"


def array(expression: str) -> str:
    """A JSON array of a text[] column."""
    return f"array_to_json({expression})::text"


def member(name: str, value: str) -> str:
    """`,"name":value`, or NULL when the value is NULL."""
    return f"""',"{name}":' || {value}"""


def concatenated(pieces: list[str]) -> str:
    """The pieces one after the other, NULLs skipped."""
    if len(pieces) <= MOST_ARGUMENTS:
        return f"concat({', '.join(pieces)})"
    head, tail = pieces[:MOST_ARGUMENTS], pieces[MOST_ARGUMENTS:]
    return f"concat({', '.join(head)}, {concatenated(tail)})"


def json_object(*members: str) -> str:
    """An object of `member`s, any of which may be NULL."""
    return f"'{{' || substr({concatenated(list(members))}, 2) || '}}'"


def identified(alias: str, *members: str) -> str:
    """An object that begins with the row's id and its meta."""
    head = [
        """'{"id":"'""",
        f"{alias}.id",
        """'","meta":{"created":'""",
        f"to_json({alias}.created)",
        """',"modified":'""",
        f"to_json({alias}.modified)",
        "'}'",
    ]
    return concatenated([*head, *members, "'}'"])


def listed(element: str, source: str, order: str) -> str:
    """A JSON array from rows: `source` is what follows FROM. NULL when there is no row."""
    return f"(SELECT '[' || string_agg({element}, ',' ORDER BY {order}) || ']' FROM {source})"


def listed_or_empty(element: str, source: str, order: str) -> str:
    """As `listed`, but `[]` when there is no row."""
    aggregated = f"coalesce(string_agg({element}, ',' ORDER BY {order}), '')"
    return f"(SELECT '[' || {aggregated} || ']' FROM {source})"
