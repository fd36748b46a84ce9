"""The whole city, district by district, as rows in the order that foreign keys ask for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

from app.sources.demo_city.attendance import Presence
from app.sources.demo_city.care import Care
from app.sources.demo_city.catalogue import Catalogue
from app.sources.demo_city.civic_numbers import CivicNumbers
from app.sources.demo_city.education import teach_adults, teach_compulsory, teach_upper
from app.sources.demo_city.groups import Staffed, staffed_rows
from app.sources.demo_city.lessons import Lessons
from app.sources.demo_city.organisations import Offices, Unit, Units, unit_rows
from app.sources.demo_city.people import ADULT_LEARNERS, Family, Person, Town, protect
from app.sources.demo_city.person_rows import person_rows
from app.sources.demo_city.plan import CityPlan
from app.sources.demo_city.rows import Rows
from app.sources.demo_city.timetable import Timetable, timetable_rows

# How many learners make one unit, and how many rooms it has for them.
SIZES = {"preschool": 75, "compulsory": 420, "upper": 750, "adult": 400}
LEARNERS_PER_ROOM = 18
# One child in so many goes to another unit than its siblings.
ANOTHER_UNIT = 9


@dataclass
class Place:
    """A unit with all that happens in it."""

    staffed: Staffed
    timetable: Timetable
    care: Care
    learners: int


# A kind of unit, the ages that go there, and what fills it.
Stage = tuple[str, range, Callable[[Place, list[Person]], None]]


def city_rows(plan: CityPlan) -> Iterator[Rows]:
    """Everything in the city. One district at a time is held in memory."""
    catalogue = Catalogue(plan)
    numbers = CivicNumbers()
    yield from Offices(plan).rows()
    yield from catalogue.rows()
    for district in range(plan.districts):
        yield from _district(plan, catalogue, Town(plan, district, numbers))


def _district(plan: CityPlan, catalogue: Catalogue, town: Town) -> Iterator[Rows]:
    learners = plan.learners_of(town.district)
    adults = int(learners * ADULT_LEARNERS)
    families = town.families(learners - adults)
    units = Units(plan, town.district)
    places = [
        *_places(catalogue, town, units, families, ("preschool", range(1, 6), _preschool)),
        *_places(catalogue, town, units, families, ("compulsory", range(6, 16), _school)),
        *_places(catalogue, town, units, families, ("upper", range(16, 19), _upper)),
        _adult_place(catalogue, town, units, adults),
    ]
    _protect_some(plan, town, places)
    yield from unit_rows(plan, catalogue, units.made)
    yield from person_rows(plan, town.people)
    for place in places:
        yield from _place_rows(place)


def _place_rows(place: Place) -> Iterator[Rows]:
    yield from staffed_rows(place.staffed)
    yield from timetable_rows(place.timetable)
    yield from place.care.rows()
    lessons = Lessons(place.timetable)
    yield from lessons.rows(place.learners)
    yield from Presence(place.staffed, lessons.held).rows()


def _places(
    catalogue: Catalogue, town: Town, units: Units, families: list[Family], stage: Stage
) -> Iterator[Place]:  # fmt: skip
    """The units of one kind in a district, filled with the children of its families."""
    kind, ages, fill = stage
    total = sum(child.age in ages for family in families for child in family.children)
    count = max(1, ceil(total / SIZES[kind]))
    intake: list[list[Person]] = [[] for _ in range(count)]
    for family in families:
        for nth, child in enumerate(family.children):
            if child.age in ages:
                elsewhere = (family.number + nth) % ANOTHER_UNIT == 0
                intake[(family.number + elsewhere) % count].append(child)
    for children in intake:
        place = _open(catalogue, town, units, kind, children)
        fill(place, children)
        yield place


def _open(
    catalogue: Catalogue, town: Town, units: Units, kind: str, learners: list[Person]
) -> Place:  # fmt: skip
    unit: Unit = units.make(kind, town.home(), rooms=2 + len(learners) // LEARNERS_PER_ROOM)
    guardians = [guardian for child in learners for guardian in child.guardians]
    staffed = Staffed(town.plan, town, unit, guardians)
    staffed.hire_office()
    return Place(staffed, Timetable(staffed, catalogue), Care(staffed), len(learners))


def _preschool(place: Place, children: list[Person]) -> None:
    place.care.place_preschool(children)


def _school(place: Place, children: list[Person]) -> None:
    place.care.place_after_school(children)
    teach_compulsory(place.timetable, children)


def _upper(place: Place, pupils: list[Person]) -> None:
    teach_upper(place.timetable, pupils)


def _adult_place(catalogue: Catalogue, town: Town, units: Units, count: int) -> Place:
    learners = [town.adult("adult") for _ in range(count)]
    place = _open(catalogue, town, units, "adult", learners)
    teach_adults(place.timetable, learners)
    return place


def _protect_some(plan: CityPlan, town: Town, places: list[Place]) -> None:
    """However small the city: two protected pupils, one of them with care after school, a
    guardian of theirs, and a teacher."""
    if town.district:
        return
    chance = plan.chance("protected")
    school = next(place for place in places if place.care.placements and place.timetable.activities)
    first = school.care.placements[0].child
    second = next(each.person for each in school.staffed.enrolments if each.person is not first)
    for person in (first, second, first.guardians[0]):
        protect(person, chance)
    lesson = next(each for each in school.timetable.activities if each.teachers)
    protect(lesson.teachers[0].person, chance)
