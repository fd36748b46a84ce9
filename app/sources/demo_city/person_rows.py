"""People as rows: person and responsible."""

from collections.abc import Iterable, Iterator

from app.sources.demo_city.people import OPEN, Person
from app.sources.demo_city.plan import CityPlan
from app.sources.demo_city.rows import STANDARD, Rows, line
from app.sources.swedish_order import person_search_name, person_sort_name, swedish_key

PERSON = (
    *STANDARD, "given_name", "middle_name", "family_name", "sort_name", "given_name_sort",
    "family_name_sort", "search_name", "edu_person_principal_names", "external_identifiers",
    "civic_no", "civic_no_nationality", "birth_date", "sex", "security_marking", "person_status",
    "emails", "phone_numbers", "addresses",
)  # fmt: skip
RESPONSIBLE = ("child_id", "position", "person_id", "relation_type")
LOCALITY = "Exempelstad"
MUNICIPALITY = 9999
PLAIN = str.maketrans("{|}", "aao", "!")
# 070-174 06 05 to 06 99 are kept for fiction by the Post and Telecom Authority.
FIRST_PHONE, PHONES = 605, 95
EMAIL_TYPES = {"pupil": "Skola elev", "adult": "Skola elev", "staff": "Skola personal"}
RELATIONS = ("Vårdnadshavare",) * 60 + ("God man", "Annan ansvarig")


def person_rows(plan: CityPlan, people: list[Person]) -> Iterator[Rows]:
    """The people, then who is responsible for whom."""
    yield Rows("person", PERSON, (_person(plan, person) for person in people))
    yield Rows("responsible", RESPONSIBLE, _responsible(people))


def _person(plan: CityPlan, person: Person) -> str:
    login = _login(person)
    domain = "elev.example.org" if person.kind in ("pupil", "adult") else "example.org"
    user = None if person.kind == "guardian" else f"{login}@{domain}"
    identifiers = [{"value": login, "context": "exempelstad.elevregister", "globallyUnique": False}]
    return line(
        person.id, *plan.stamps(person.id), person.given_name, person.middle_name,
        person.family_name, person_sort_name(person.given_name, person.family_name),
        swedish_key(person.given_name), swedish_key(person.family_name),
        person_search_name(person.given_name, person.middle_name, person.family_name),
        [user] if user else None, identifiers if user else None,
        person.civic_no, "SE" if person.civic_no else None, person.birth_date,
        "Man" if person.male else "Kvinna", person.marking, "Aktiv",
        _emails(person, user), _phones(person), _addresses(person),
    )  # fmt: skip


def _login(person: Person) -> str:
    letters = swedish_key(f"{person.given_name[:3]}{person.family_name[:3]}")
    return f"{letters.translate(PLAIN)}{person.id[:8]}"


def _emails(person: Person, user: str | None) -> list[dict[str, str]] | None:
    if user:
        return [{"value": user, "type": EMAIL_TYPES[person.kind]}]
    if person.marking != OPEN:
        return None
    return [{"value": f"{_login(person)}@example.com", "type": "Privat"}]


def _phones(person: Person) -> list[dict[str, str | bool]] | None:
    if person.kind == "pupil" or person.marking != OPEN:
        return None
    last = FIRST_PHONE + int(person.id[:6], 16) % PHONES
    return [{"value": f"+46701740{last}",
             "type": "Hem", "mobile": True}]  # fmt: skip


def _addresses(person: Person) -> list[dict[str, str | int]]:
    """The registered address; a protected person has only the tax agency's forwarding address."""
    if person.marking != OPEN:
        return [{"type": "Särskild postadress", "streetAddress": "Förmedlingsuppdrag, Box 1",
                 "postalCode": "999 99", "locality": LOCALITY, "country": "SE"}]  # fmt: skip
    return [{"type": "Folkbokföring", "streetAddress": person.home.street,
             "postalCode": person.home.postal_code, "locality": LOCALITY,
             "municipalityCode": MUNICIPALITY, "country": "SE"}]  # fmt: skip


def _responsible(people: Iterable[Person]) -> Iterator[str]:
    for person in people:
        for position, guardian in enumerate(person.guardians):
            relation = RELATIONS[int(guardian.id[:6], 16) % len(RELATIONS)]
            yield line(person.id, position, guardian.id, relation)
