"""Reads a list's query string into a Question: aliases, repeats, page tokens, refusals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from starlette.datastructures import State

from app.errors import BadPageToken, BadParameter, Forbidden, UriTooLong, shown
from app.queries.access import Access, FieldGroup
from app.queries.organisation_tree import OrganisationTree
from app.queries.page_tokens import PagePosition, unseal
from app.queries.reading import Continued, Question, Shaping
from app.queries.resource import Filter, Kind, Resource
from app.queries.statements import all_filters
from app.web.values import read_boolean, read_limit, read_value

LONGEST_QUERY = 16_000
MOST_PARAMETERS = 500
SHAPING = ("expandReferenceNames", "expand", "sortkey")
HIDDEN_IN_RECORD = frozenset({"civicNo", "identifier.value"})

Parameters = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class PageRules:
    """What page sizes and page tokens are read with."""

    secret: bytes
    lifetime_seconds: int
    default_size: int
    largest_size: int
    now: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as it was asked for: the question; the parameters that the next page token must
    carry, under the standard's names; and the other names that some of them were sent under.
    """

    question: Question
    parameters: Parameters
    aliases: frozenset[str]


def page_rules(state: State, *, now: int) -> PageRules:
    """The rules of this installation."""
    settings = state.settings
    return PageRules(
        secret=state.page_token_key,
        lifetime_seconds=settings.page_token_lifetime_seconds,
        default_size=settings.page_size_default,
        largest_size=settings.page_size_max,
        now=now,
    )


def read_query(query: bytes) -> Parameters:
    """The query string's values by name. Raises UriTooLong, BadParameter."""
    if len(query) > LONGEST_QUERY:
        message = (
            f"The query string is longer than {LONGEST_QUERY} characters; use the lookup instead."
        )
        raise UriTooLong(message)
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError as failure:
        message = (
            "The query string must be percent-encoded UTF-8 with at most "
            f"{MOST_PARAMETERS} parameters."
        )
        raise BadParameter(message) from failure
    found: Parameters = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def only_parameters(query: bytes, taken: tuple[str, ...]) -> Parameters:
    """The query string where there are no filters: any other name is refused."""
    sent = read_query(query)
    for name in sent:
        if name not in taken:
            message = (
                f"{shown(name)} is not a parameter here. Known are: {', '.join(taken) or 'none'}."
            )
            raise BadParameter(message)
    return sent


def no_parameters(query: bytes) -> None:
    """Refuse a query string where none is taken, so that nothing is believed to have counted."""
    if query:
        only_parameters(query, ())


def read_list(
    resource: Resource, query: bytes, access: Access, tree: OrganisationTree, rules: PageRules
) -> Asked:
    """Read the question. Raises BadParameter, BadPageToken, PageTokenExpired, Forbidden."""
    sent = read_query(query)
    limit_given = single("limit", sent.pop("limit", []))
    token = single("pageToken", sent.pop("pageToken", []))
    known = {declared.name: declared.aliases for declared in all_filters(resource)}
    asked = canonical(resource.path, sent, known | dict.fromkeys(SHAPING, ()))
    aliases = frozenset(sent.keys() - asked.keys())
    after = None
    if token is not None:
        asked, position = continued(asked, token, resource.name, access, rules)
        after = Continued(position.key, position.id)
    limit = read_limit(limit_given, most=rules.largest_size) if limit_given else rules.default_size
    question = Question(
        values=_values(resource, asked, access, tree),
        limit=limit,
        shaping=read_shaping(resource, asked, access),
        sortkey=_sortkey(resource, asked, access),
        after=after,
        record={
            name: ["…"] if name in HIDDEN_IN_RECORD else given for name, given in asked.items()
        },
    )
    return Asked(question, asked, aliases)


def read_shaping(resource: Resource, asked: Mapping[str, list[str]], access: Access) -> Shaping:
    """expandReferenceNames and expand. Unknown or ungranted expansions are ignored."""
    flag = single("expandReferenceNames", asked.get("expandReferenceNames", []))
    wanted = {part for value in asked.get("expand", []) for part in value.split(",")}
    granted = frozenset(
        name
        for name in wanted & resource.expansions.keys()
        if resource.expansion_scopes.get(name, resource.scope) in access.scopes
    )
    names = flag is not None and read_boolean("expandReferenceNames", flag)
    return Shaping(names, granted)


def need_field_group(name: str, group: FieldGroup | None, access: Access) -> None:
    """Refuse a parameter that would tell what the caller may not read. Raises Forbidden."""
    if group is not None and not access.may_read(group):
        message = (
            f"{name} needs the field group {group}, which this consumer's grant does not hold."
        )
        raise Forbidden(message)


def canonical(path: str, sent: Parameters, taken: Mapping[str, tuple[str, ...]]) -> Parameters:
    """The parameters under their own names; `taken` are those, each with its aliases.

    Raises BadParameter for any other.
    """
    known: dict[str, str] = {}
    for name, aliases in taken.items():
        known[name] = name
        if name not in sent:
            known |= dict.fromkeys(aliases, name)
    unknown = [name for name in sent if name not in known]
    if unknown:
        names = ", ".join(sorted({*known.values(), "limit", "pageToken"}))
        message = (
            f"{shown(unknown[0])} is not a parameter of {path}; it was refused, because "
            f"ignoring it would widen the answer. Known are: {names}."
        )
        raise BadParameter(message)
    found: Parameters = {}
    for name, given in sent.items():
        found.setdefault(known[name], []).extend(given)
    return found


def continued(
    asked: Parameters, token: str, name: str, access: Access, rules: PageRules
) -> tuple[Parameters, PagePosition]:
    """The parameters of the request that gave the token, and where its page ended.

    Raises BadPageToken, PageTokenExpired.
    """
    position = unseal(
        token, resource=name, client_id=access.client_id, secret=rules.secret,
        now=rules.now, lifetime=rules.lifetime_seconds,
    )  # fmt: skip
    return _as_bound(asked, position), position


def _as_bound(asked: Parameters, position: PagePosition) -> Parameters:
    """The token's own parameters; those repeated beside it must be equal."""
    for name, given in asked.items():
        if sorted(set(given)) != sorted(set(position.parameters.get(name, []))):
            message = (
                f"{name} differs from the request that gave the pageToken. Send the token alone or "
                "with the same parameters, or start again without it."
            )
            raise BadPageToken(message)
    return position.parameters


def single(name: str, given: list[str]) -> str | None:
    """The one value of a parameter; repeats must be equal."""
    if len(set(given)) > 1:
        message = f"{name} was given {len(given)} times with different values; give it once."
        raise BadParameter(message)
    return given[0] if given else None


def _values(
    resource: Resource, asked: Parameters, access: Access, tree: OrganisationTree
) -> dict[str, Any]:
    """The filters' values as SQL takes them."""
    values: dict[str, Any] = {}
    for declared in all_filters(resource):
        given = asked.get(declared.name)
        if given is None:
            if declared.required:
                message = f"{declared.name} is required here. {declared.meaning}"
                raise BadParameter(message)
            continue
        need_field_group(declared.name, declared.needs, access)
        values[declared.name] = _filter_value(declared, given, tree)
    return values


def _filter_value(declared: Filter, given: list[str], tree: OrganisationTree) -> object:
    parts = given
    # Codes hold no commas, so a comma separates; in a name it may be meant.
    if declared.repeat and declared.kind is not Kind.NAME_PART:
        parts = [part for value in given for part in value.split(",")]
    read = [read_value(declared.name, declared.kind, part) for part in parts]
    for value in read:
        if declared.choices and value not in declared.choices:
            message = (
                f"{declared.name} must be one of {', '.join(declared.choices)}; "
                f"got {shown(str(value))!r}."
            )
            raise BadParameter(message)
    if declared.repeat:
        return read
    single(declared.name, given)
    if declared.below:
        assert isinstance(read[0], UUID)
        return sorted(tree.subtree([read[0]])) or [read[0]]
    return read[0]


def _sortkey(resource: Resource, asked: Parameters, access: Access) -> str | None:
    sortkey = single("sortkey", asked.get("sortkey", []))
    if sortkey is None:
        return None
    for sort in resource.sorts:
        if sort.name == sortkey:
            need_field_group(f"sortkey={sortkey}", sort.needs, access)
            return sortkey
    known = ", ".join(sort.name for sort in resource.sorts) or "none for this resource"
    message = f"sortkey must be one of: {known}; got {shown(sortkey)!r}."
    raise BadParameter(message)
