"""What each kind of school teaches: its classes, groups and week."""

from collections import Counter
from dataclasses import dataclass
from itertools import product
from math import ceil

from app.sources.demo_city.catalogue import ADULT_COURSES, PROGRAMMES, SHARED_COURSES
from app.sources.demo_city.groups import Duty, Enrolment, Group
from app.sources.demo_city.people import Person
from app.sources.demo_city.timetable import (
    EVEN_WEEKS,
    ODD_WEEKS,
    PUPILS,
    STAFF,
    TEACHING,
    Activity,
    Period,
    Slot,
    Timetable,
)

CLASS_SIZE = 22
ADULT_GROUP = 18
WEEKDAYS = range(5)
LUNCH = Period(660, 40)
MEETING = Period(930, 75)
COMPULSORY_DAY = (Period(490, 60), Period(560, 50), Period(615, 45), Period(705, 60),
                  Period(775, 50), Period(830, 50))  # fmt: skip
UPPER_DAY = (Period(490, 80), Period(580, 75), Period(705, 80), Period(795, 80))
ADULT_DAY = (Period(510, 120), Period(650, 100), Period(780, 120), Period(1050, 150))
# Lessons a week by stage. HALF is a lesson in half classes, changing every other week.
HALF = "HALF"
LOW = Counter(SV=6, MA=5, EN=1, IDH=2, NO=2, SO=2, BL=1, MU=1)
MIDDLE = Counter(SV=5, MA=4, EN=3, IDH=3, NO=2, SO=3, BL=1, MU=1, HKK=1) + Counter({HALF: 2})
HIGH = Counter(SV=4, MA=4, EN=3, IDH=2, BI=1, FY=1, KE=1, TK=1, HI=1, GE=1, SH=1, RE=1, BL=1,
               MU=1, HKK=1) + Counter({HALF: 2})  # fmt: skip
CLASS_TEACHERS_SUBJECTS = {"SV", "MA", "EN", "NO", "SO", "BL"}
MENTORS_SUBJECTS = ("SV", "MA", "EN", "SO", "IDH", "NO", "SL")
LANGUAGES = ("M2SPA", "M2FRA", "M2DEU")
LANGUAGE_TIMES = ((1, 2), (3, 1))
SPECIAL_ROOMS = {"IDH": "Idrottshallen", "SL": "Slöjdsalen", "NO": "NO-salen", "BI": "NO-salen",
                 "FY": "NO-salen", "KE": "NO-salen", "MU": "Musiksalen", "HKK": "Hemkunskapen",
                 "IDRIDR01": "Idrottshallen"}  # fmt: skip


@dataclass
class Class:
    """A class with its mentor and room."""

    group: Group
    mentor: Duty
    room: str


def teach_compulsory(timetable: Timetable, children: list[Person]) -> None:
    """Classes from preschool class to year 9, languages, half classes and lunches."""
    for grade in range(10):
        cohort = [child for child in children if child.age - 6 == grade]
        school_type = "FKLASS" if grade == 0 else "GR"
        _enrol(timetable, cohort, grade, school_type)
        classes = [
            _class(timetable, f"{grade or 'F'}{'ABCDEFGHJK'[place % 10]}", school_type, members,
                   subjects=MENTORS_SUBJECTS if grade > 3 else ())
            for place, members in enumerate(_shares(cohort, CLASS_SIZE))
        ]  # fmt: skip
        if grade >= 6:
            _languages(timetable, cohort, classes, grade)
        for each in classes:
            _fill_week(timetable, each, _needs(grade), COMPULSORY_DAY, own=grade <= 3)
    _staff_meeting(timetable)


def teach_upper(timetable: Timetable, pupils: list[Person]) -> None:
    """Classes by programme and year, with the courses of that year."""
    offered = PROGRAMMES[: max(2, min(len(PROGRAMMES), len(pupils) // 100))]
    for programme, year in product(range(len(offered)), (1, 2, 3)):
        part = offered[programme]
        cohort = [
            pupil for place, pupil in enumerate(pupils)
            if pupil.age - 15 == year and place % len(offered) == programme
        ]  # fmt: skip
        identity = timetable.catalogue.programmes[part.code]
        _enrol(timetable, cohort, year, "GY", identity)
        courses = (*SHARED_COURSES, *part.courses)[year - 1 :: 3]
        needs = Counter(dict.fromkeys(courses, 4))
        for place, members in enumerate(_shares(cohort, CLASS_SIZE + 4)):
            short = (timetable.staffed.plan.school_year - year + 1) % 100
            made = _class(timetable, f"{part.code}{short:02}{'ABCDEF'[place % 6]}", "GY", members,
                          subjects=courses)  # fmt: skip
            _fill_week(timetable, made, needs, UPPER_DAY, own=False)
    _staff_meeting(timetable)


def teach_adults(timetable: Timetable, learners: list[Person]) -> None:
    """Courses for adults, by day and in the evening."""
    courses = list(ADULT_COURSES)
    for place, members in enumerate(_shares(learners, ADULT_GROUP)):
        course = courses[place % len(courses)]
        school_type = ADULT_COURSES[course][0]
        _enrol(timetable, members, None, school_type)
        name = f"{course} {place + 1}"
        group = timetable.staffed.group(name, "Undervisning", school_type, members)
        teacher = timetable.teacher(course, 4)
        made = timetable.activity(timetable.catalogue.name(course), TEACHING, [group], [teacher],
                                  subject=course)  # fmt: skip
        room = _usual_room(timetable, place)
        _place(timetable, made, [(day, n) for n in (place % 4,) for day in range(4)], 4, ADULT_DAY,
               room, None)  # fmt: skip


def _enrol(
    timetable: Timetable, people: list[Person], year: int | None, school_type: str,
    programme: str | None = None,
) -> None:  # fmt: skip
    timetable.staffed.enrolments += [
        Enrolment(person, year, school_type, programme) for person in people
    ]


def _shares(people: list[Person], size: int) -> list[list[Person]]:
    count = ceil(len(people) / size)
    return [people[place::count] for place in range(count)]


def _usual_room(timetable: Timetable, place: int) -> str:
    rooms = timetable.staffed.unit.rooms
    return rooms[place % len(rooms)][0]


def _class(
    timetable: Timetable, name: str, school_type: str, members: list[Person],
    *, subjects: tuple[str, ...],
) -> Class:  # fmt: skip
    """A class with a mentor, who also teaches one of the subjects if any are given."""
    staffed = timetable.staffed
    place = sum(group.kind == "Klass" for group in staffed.groups)
    group = staffed.group(name, "Klass", school_type, members)
    mentor = staffed.hire("Lärare")
    mentor.assignments.append((group.id, "Mentor"))
    if subjects:
        timetable.teachers[subjects[place % len(subjects)]].append(mentor)
    return Class(group, mentor, _usual_room(timetable, place))


def _needs(grade: int) -> Counter[str]:
    if grade <= 3:
        return LOW
    return MIDDLE if grade <= 6 else HIGH


def _languages(
    timetable: Timetable, cohort: list[Person], classes: list[Class], grade: int
) -> None:  # fmt: skip
    """Modern languages at the same time for all classes of a year, in groups across them."""
    place_of = {"M2SPA": 0, "M2FRA": 1, "M2DEU": 2}
    for subject in LANGUAGES:
        members = cohort[place_of[subject] :: len(LANGUAGES)]
        if not members:
            continue
        group = timetable.staffed.group(f"{grade} {subject}", "Undervisning", "GR", members)
        teacher = timetable.teacher(subject, len(LANGUAGE_TIMES))
        made = timetable.activity(f"{timetable.catalogue.name(subject)} {grade}", TEACHING, [group],
                                  [teacher], subject=subject)  # fmt: skip
        room = _usual_room(timetable, place_of[subject] + grade)
        for weekday, place in _language_times(grade):
            timetable.occupy([teacher.id, *(each.group.id for each in classes)], weekday, place)
            made.slots.append(Slot(weekday, COMPULSORY_DAY[place], room))


def _language_times(grade: int) -> list[tuple[int, int]]:
    """Two years never share a time, since they share teachers."""
    return [((weekday + grade) % 5, place) for weekday, place in LANGUAGE_TIMES]


def _fill_week(
    timetable: Timetable, each: Class, needs: Counter[str], day: tuple[Period, ...], *, own: bool
) -> None:  # fmt: skip
    """Put a class's subjects into its week, each where its teacher is free."""
    chance = timetable.staffed.chance
    for subject, lessons in needs.items():
        cells = list(product(WEEKDAYS, range(len(day))))
        chance.shuffle(cells)
        cells.sort(key=lambda cell: cell[1])
        if subject == HALF:
            _half_classes(timetable, each, cells, lessons, day)
            continue
        taught_by_mentor = own and subject in CLASS_TEACHERS_SUBJECTS
        teacher = each.mentor if taught_by_mentor else timetable.teacher(subject, lessons)
        name = f"{timetable.catalogue.name(subject)} {each.group.name}"
        made = timetable.activity(name, TEACHING, [each.group], [teacher], subject=subject)
        _place(timetable, made, cells, lessons, day, each.room, SPECIAL_ROOMS.get(subject))
    _day_frame(timetable, each)


def _place(
    timetable: Timetable, activity: Activity, cells: list[tuple[int, int]], lessons: int,
    day: tuple[Period, ...], room: str, special: str | None,
) -> None:  # fmt: skip
    """Give an activity its times among the cells, at most one a day while days remain."""
    holders = [group.id for group in activity.groups] + [duty.id for duty in activity.teachers]
    wanted = timetable.staffed.unit.room(special) if special else None
    used: Counter[int] = Counter()
    for most_a_day in (1, 2):
        for weekday, place in cells:
            if len(activity.slots) == lessons:
                return
            if used[weekday] >= most_a_day or not timetable.is_free(holders, weekday, place):
                continue
            used[weekday] += 1
            timetable.occupy(holders, weekday, place)
            where = timetable.room(wanted, room, weekday, place)
            activity.slots.append(Slot(weekday, day[place], where))


def _half_classes(
    timetable: Timetable, each: Class, cells: list[tuple[int, int]], lessons: int,
    day: tuple[Period, ...],
) -> None:  # fmt: skip
    """Half the class has science while the other half has crafts; next week they change."""
    halves = [
        timetable.staffed.group(f"{each.group.name} {letter}", "Undervisning", "GR",
                                each.group.members[place::2])
        for place, letter in enumerate("12"[: len(each.group.members)])
    ]  # fmt: skip
    science, crafts = timetable.teacher("NO", lessons), timetable.teacher("SL", lessons)
    free = [
        cell for cell in cells
        if timetable.is_free([each.group.id, science.id, crafts.id], *cell)
    ][:lessons]  # fmt: skip
    for cell in free:
        timetable.occupy([each.group.id, science.id, crafts.id], *cell)
    for place, half in enumerate(halves):
        first, second = (ODD_WEEKS, EVEN_WEEKS) if place == 0 else (EVEN_WEEKS, ODD_WEEKS)
        for subject, teacher, weeks in (("NO", science, first), ("SL", crafts, second)):
            name = f"{timetable.catalogue.name(subject)} {half.name}"
            made = timetable.activity(name, TEACHING, [half], [teacher], subject=subject)
            room = timetable.staffed.unit.room(SPECIAL_ROOMS[subject])
            made.slots = [Slot(weekday, day[n], room, weeks) for weekday, n in free]


def _day_frame(timetable: Timetable, each: Class) -> None:
    """Lunch every day."""
    lunch = timetable.activity(f"Lunch {each.group.name}", PUPILS, [each.group], [])
    lunch.slots = [Slot(weekday, LUNCH, None) for weekday in WEEKDAYS]


def _staff_meeting(timetable: Timetable) -> None:
    """The staff meets on Wednesday afternoons, without pupils."""
    teachers = [duty for duty in timetable.staffed.duties if duty.role == "Lärare"]
    everyone = [duty.person for duty in teachers]
    staff = timetable.staffed.group("Lärarna", "Personalgrupp", None, everyone)
    meeting = timetable.activity("Arbetslagsträff", STAFF, [staff], teachers)
    meeting.slots = [Slot(2, MEETING, None)]
