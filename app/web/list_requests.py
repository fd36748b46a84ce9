"""A list as one caller asked for it: the question, and the page tokens that continue it."""

from dataclasses import dataclass

from fastapi import Request

from app.queries.access import Access
from app.queries.organisation_tree import OrganisationTree
from app.queries.page_tokens import PagePosition, seal
from app.queries.reading import Continued, Question
from app.queries.resource import Resource
from app.web.alias_uses import count_aliases
from app.web.parameters import PageRules, Parameters, page_rules, read_list


@dataclass(frozen=True, slots=True)
class ListRequest:
    """`parameters` are those of the first request, which every page token carries."""

    resource: Resource
    access: Access
    question: Question
    parameters: Parameters
    rules: PageRules
    tree_version: int
    aliases: frozenset[str]

    def token_after(self, place: Continued) -> str:
        """What continues the list after this place, as pages or as a whole set."""
        position = PagePosition(
            self.resource.name, self.parameters, place.key, place.id, self.rules.now
        )
        return seal(position, client_id=self.access.client_id, secret=self.rules.secret)


def read_list_request(
    request: Request, resource: Resource, access: Access, tree: OrganisationTree
) -> ListRequest:
    """Read the query string. Raises what `read_list` raises."""
    state = request.app.state
    rules = page_rules(state, now=int(state.authenticator.clock().timestamp()))
    asked = read_list(resource, request.scope["query_string"], access, tree, rules)
    count_aliases(asked.aliases, route=request.state.route, client_id=access.client_id)
    return ListRequest(
        resource, access, asked.question, asked.parameters, rules, tree.version, asked.aliases
    )
