"""The city's organisation: municipality, districts, units with rooms, resources and offers."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.sources.demo_city import names
from app.sources.demo_city.catalogue import ADULT_COURSES, SUBJECTS, Catalogue
from app.sources.demo_city.people import Home
from app.sources.demo_city.plan import CityPlan
from app.sources.demo_city.rows import STANDARD, Rows, line
from app.sources.swedish_order import swedish_key

ORGANISATION = (
    *STANDARD, "display_name", "sort_name", "organisation_code", "organisation_type",
    "organisation_number", "parent_id", "school_unit_code", "school_types", "address",
    "municipality_code", "url", "email", "phone_number", "contact_info", "start_date",
)  # fmt: skip
ROOM = (*STANDARD, "display_name", "sort_name", "seats", "owner_id")
RESOURCE = (*STANDARD, "display_name", "sort_name", "description", "owner_id")
OFFERING = (*STANDARD, "school_unit_id", "start_date")
OFFERED_SYLLABUS = ("offering_id", "position", "syllabus_id")
OFFERED_PROGRAMME = ("offering_id", "position", "programme_id")

SCHOOL_TYPES = {
    "preschool": ["FS"],
    "compulsory": ["FKLASS", "GR", "FTH"],
    "upper": ["GY"],
    "adult": ["SFI", "VUXGR"],
}
RESOURCES = (("Datorvagn", "24 bärbara datorer"), ("Projektor", None), ("Minibuss", "9 platser"))
CITY = "Exempelstad"
UPPER_AREA = "Gymnasie- och vuxenutbildning"
FOUNDED = "2011-08-01"
SPECIAL_ROOMS = ("Idrottshallen", "Slöjdsalen", "NO-salen", "Musiksalen", "Hemkunskapen")


@dataclass
class Unit:
    """A school unit or preschool."""

    id: str
    number: int
    name: str
    kind: str
    parent: str
    home: Home
    rooms: list[tuple[str, str]] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)

    def room(self, name: str) -> str:
        """A room by its name."""
        return next(identity for identity, known in self.rooms if known == name)


@dataclass(frozen=True)
class Offices:
    """The organisations above the units."""

    plan: CityPlan

    @property
    def city(self) -> str:
        """The municipality."""
        return self.plan.identity("organisation", "city")

    @property
    def upper(self) -> str:
        """The area that upper-secondary and adult education stand under."""
        return self.plan.identity("organisation", "upper")

    def district(self, number: int) -> str:
        """The area of one district's preschools and compulsory schools."""
        return self.plan.identity("organisation", f"district/{number}")

    def rows(self) -> Iterator[Rows]:
        """Municipality and areas."""
        yield Rows("organisation", ORGANISATION, self._lines())

    def _lines(self) -> Iterator[str]:
        yield self._line(self.city, CITY, "Huvudman", None, number="212000-9999")
        yield self._line(self.upper, UPPER_AREA, "Verksamhetsområde", self.city)
        for number in range(self.plan.districts):
            name = f"Förskola och grundskola {names.pick(names.DISTRICTS, number)}"
            yield self._line(self.district(number), name, "Verksamhetsområde", self.city)

    def _line(
        self, identity: str, name: str, kind: str, parent: str | None, number: str | None = None
    ) -> str:  # fmt: skip
        return line(
            identity, *self.plan.stamps(identity), name, swedish_key(name), None, kind, number,
            parent, None, None, None, "9999", "https://exempelstad.example.org/",
            "utbildning@exempelstad.example.org", None, None, FOUNDED,
        )  # fmt: skip


@dataclass
class Units:
    """Names and numbers the units of one district."""

    plan: CityPlan
    district: int
    made: list[Unit] = field(default_factory=list)

    def make(self, kind: str, home: Home, *, rooms: int) -> Unit:
        """One more unit, with rooms of its own."""
        offices = Offices(self.plan)
        number = self.district * 1000 + len(self.made) + 1
        identity = self.plan.identity("organisation", f"unit/{number}")
        parent = offices.upper if kind in ("upper", "adult") else offices.district(self.district)
        unit = Unit(identity, number, self._name(kind), kind, parent, home)
        titles = [f"Sal {100 + n}" for n in range(rooms)]
        titles += SPECIAL_ROOMS if kind in ("compulsory", "upper") else ()
        unit.rooms = [
            (self.plan.identity("room", f"{number}/{title}"), title) for title in titles
        ]  # fmt: skip
        unit.resources = [
            self.plan.identity("resource", f"{number}/{place}") for place in range(len(RESOURCES))
        ]
        self.made.append(unit)
        return unit

    def _name(self, kind: str) -> str:
        town = names.pick(names.DISTRICTS, self.district)
        place = sum(unit.kind == kind for unit in self.made)
        if kind == "preschool":
            # A step between districts, so that neighbours do not share all their names.
            return f"Förskolan {names.pick(names.PRESCHOOLS, place + 5 * self.district)}, {town}"
        if kind == "compulsory":
            stem = names.pick(names.SCHOOLS, (place + 7 * self.district) % len(names.SCHOOLS))
            again = place // len(names.SCHOOLS)
            return f"{stem}skolan{f' {again + 1}' if again else ''}, {town}"
        stem = "Gymnasieskolan" if kind == "upper" else "Vuxenutbildningen"
        return f"{stem} {town}" + (f" {place + 1}" if place else "")


def unit_rows(plan: CityPlan, catalogue: Catalogue, units: list[Unit]) -> Iterator[Rows]:
    """Units with their rooms, resources and offers."""
    yield Rows("organisation", ORGANISATION, (_unit(plan, unit) for unit in units))
    yield Rows("room", ROOM, (
        line(identity, *plan.stamps(identity), name, swedish_key(name), 30, unit.id)
        for unit in units for identity, name in unit.rooms
    ))  # fmt: skip
    yield Rows("resource", RESOURCE, (
        line(identity, *plan.stamps(identity), name, swedish_key(name), about, unit.id)
        for unit in units
        for identity, (name, about) in zip(unit.resources, RESOURCES, strict=True)
    ))  # fmt: skip
    yield from _offers(plan, catalogue, units)


def _unit(plan: CityPlan, unit: Unit) -> str:
    address = {"type": "Besöksadress", "streetAddress": unit.home.street, "locality": CITY,
               "postalCode": unit.home.postal_code, "municipalityCode": 9999}  # fmt: skip
    contact = [{"infoType": "Publik", "info": "Expeditionen har öppet vardagar 7.30 till 16."}]
    preschool = unit.kind == "preschool"
    return line(
        unit.id, *plan.stamps(unit.id), unit.name, swedish_key(unit.name), f"E{unit.number:06}",
        "Skolenhet", None, unit.parent, None if preschool else f"{90_000_000 + unit.number}",
        SCHOOL_TYPES[unit.kind], address, "9999",
        f"https://exempelstad.example.org/enhet/{unit.number}",
        f"enhet{unit.number}@exempelstad.example.org", "+46701740605", contact, FOUNDED,
    )  # fmt: skip


def _offers(plan: CityPlan, catalogue: Catalogue, units: list[Unit]) -> Iterator[Rows]:
    begin = f"{plan.school_year}-07-01"
    offers = {
        unit.id: plan.identity("offering", unit.id) for unit in units if unit.kind != "preschool"
    }
    yield Rows("school_unit_offering", OFFERING, (
        line(identity, *plan.stamps(identity), unit, begin) for unit, identity in offers.items()
    ))  # fmt: skip
    keys = {"compulsory": list(SUBJECTS), "adult": list(ADULT_COURSES)}
    yield Rows("offered_syllabus", OFFERED_SYLLABUS, (
        line(offers[unit.id], place, catalogue.syllabuses[key])
        for unit in units for place, key in enumerate(keys.get(unit.kind, []))
    ))  # fmt: skip
    yield Rows("offered_programme", OFFERED_PROGRAMME, (
        line(offers[unit.id], place, programme)
        for unit in units if unit.kind == "upper"
        for place, programme in enumerate(catalogue.programmes.values())
    ))  # fmt: skip
