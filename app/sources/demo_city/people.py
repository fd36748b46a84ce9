"""Families and staff: who lives where, who is whose child."""

import random
from dataclasses import dataclass, field

from app.sources.demo_city import names
from app.sources.demo_city.civic_numbers import CivicNumbers
from app.sources.demo_city.plan import CityPlan

YOUNGEST = 1
OLDEST = 18
PROTECTED_SHARE = 0.003
MARKINGS = ("Sekretessmarkering", "Skyddad folkbokföring")
OPEN = "Ingen"
SEPARATED = 0.25
ALONE = 0.08
ADULT_LEARNERS = 0.05


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives."""

    street: str
    postal_code: str


@dataclass(slots=True)
class Person:
    """Somebody, with the relations that the standard places on a person."""

    id: str
    given_name: str
    middle_name: str | None
    family_name: str
    male: bool
    birth_date: str
    civic_no: str | None
    home: Home
    kind: str
    marking: str = OPEN
    guardians: list["Person"] = field(default_factory=list)
    age: int = 0


@dataclass
class Family:
    """Children and those responsible for them."""

    number: int
    guardians: list[Person]
    children: list[Person] = field(default_factory=list)


@dataclass
class Town:
    """Makes the people of one district; the city's civic numbers are handed from town to town."""

    plan: CityPlan
    district: int
    numbers: CivicNumbers
    people: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = self.plan.chance("people", self.district)

    def person(
        self, kind: str, *, family_name: str, home: Home, born: int, male: bool
    ) -> Person:  # fmt: skip
        """One more inhabitant."""
        chance = self.chance
        given = chance.choice(names.BOYS if male else names.GIRLS)
        middle = chance.choice(names.FAMILIES) if chance.random() < 0.1 else None
        birth_date, civic_no = self.numbers.take(born, male=male)
        made = Person(
            self.plan.identity("person", f"{self.district}/{len(self.people)}"),
            given, middle, family_name, male, birth_date.isoformat(), civic_no, home, kind,
        )  # fmt: skip
        if kind != "guardian" and chance.random() < PROTECTED_SHARE:
            made.marking = chance.choice(MARKINGS)
        self.people.append(made)
        return made

    def home(self) -> Home:
        """An address in the district."""
        street = (
            f"{names.pick(names.STREETS, self.chance.randrange(24))} {self.chance.randint(1, 90)}"
        )
        return Home(street, f"{100 + self.district % 800} {self.chance.randint(10, 99)}")

    def families(self, children: int) -> list[Family]:
        """Families with so many children in all."""
        made: list[Family] = []
        while children:
            family = self._family(len(made), at_most=children)
            children -= len(family.children)
            made.append(family)
        return made

    def _family(self, number: int, *, at_most: int) -> Family:
        chance = self.chance
        eldest = chance.randint(YOUNGEST, OLDEST)
        ages = [eldest]
        for _ in range(chance.choices((0, 1, 2), (40, 45, 15))[0]):
            ages.append(ages[-1] - chance.randint(2, 4))
        ages = [age for age in ages if age >= YOUNGEST][:at_most]
        family = Family(number, self._guardians(eldest))
        surname = chance.choice(family.guardians).family_name
        for age in ages:
            born = self.plan.school_year - age
            child = self.person(
                "pupil", family_name=surname, home=family.guardians[0].home, born=born,
                male=chance.random() < 0.51,
            )  # fmt: skip
            child.age = age
            child.guardians = family.guardians
            family.children.append(child)
        return family

    def _guardians(self, eldest: int) -> list[Person]:
        chance = self.chance
        home = self.home()
        form = chance.random()
        surname = chance.choice(names.FAMILIES)
        count = 1 if form < ALONE else 2
        found = []
        for place in range(count):
            apart = place and form < ALONE + SEPARATED
            shared = not apart and chance.random() < 0.6
            found.append(self.person(
                "guardian",
                family_name=surname if place == 0 or shared else chance.choice(names.FAMILIES),
                home=self.home() if apart else home,
                born=self.plan.school_year - eldest - chance.randint(22, 38),
                male=bool(place) if chance.random() < 0.97 else not place,
            ))  # fmt: skip
        return found

    def adult(self, kind: str, *, oldest: int = 66) -> Person:
        """A grown-up without children in the city's schools: staff, or a learner."""
        chance = self.chance
        return self.person(
            kind, family_name=chance.choice(names.FAMILIES), home=self.home(),
            born=self.plan.school_year - chance.randint(23, oldest), male=chance.random() < 0.35,
        )  # fmt: skip


def protect(person: Person, chance: random.Random) -> None:
    """Give a person protected identity."""
    if person.marking == OPEN:
        person.marking = chance.choice(MARKINGS)
