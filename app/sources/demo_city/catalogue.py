"""The city's subjects, courses and upper-secondary programmes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from app.sources.demo_city.plan import CityPlan
from app.sources.demo_city.rows import STANDARD, Rows, line
from app.sources.swedish_order import swedish_key

SYLLABUS = (
    *STANDARD, "school_type", "subject_code", "subject_name", "subject_name_sort",
    "subject_designation", "course_code", "course_name", "course_name_sort", "start_school_year",
    "points", "curriculum", "official",
)  # fmt: skip
PROGRAMME = (*STANDARD, "name", "sort_name", "type", "school_type", "code", "content")
PROGRAMME_SYLLABUS = ("programme_id", "content_position", "position", "syllabus_id")

SUBJECTS = {
    "SV": "Svenska", "SVA": "Svenska som andraspråk", "MA": "Matematik", "EN": "Engelska",
    "IDH": "Idrott och hälsa", "NO": "Naturorienterande ämnen", "SO": "Samhällsorienterande ämnen",
    "BI": "Biologi", "FY": "Fysik", "KE": "Kemi", "TK": "Teknik", "HI": "Historia",
    "GE": "Geografi", "SH": "Samhällskunskap", "RE": "Religionskunskap", "BL": "Bild",
    "MU": "Musik", "SL": "Slöjd", "HKK": "Hem- och konsumentkunskap",
    "M2SPA": "Spanska", "M2FRA": "Franska", "M2DEU": "Tyska",
}  # fmt: skip
COURSES = {
    "SVESVE01": ("SVE", "Svenska", "Svenska 1", 100),
    "SVESVE02": ("SVE", "Svenska", "Svenska 2", 100),
    "SVESVE03": ("SVE", "Svenska", "Svenska 3", 100),
    "ENGENG05": ("ENG", "Engelska", "Engelska 5", 100),
    "ENGENG06": ("ENG", "Engelska", "Engelska 6", 100),
    "MATMAT01a": ("MAT", "Matematik", "Matematik 1a", 100),
    "MATMAT01c": ("MAT", "Matematik", "Matematik 1c", 100),
    "MATMAT02c": ("MAT", "Matematik", "Matematik 2c", 100),
    "MATMAT03c": ("MAT", "Matematik", "Matematik 3c", 100),
    "IDRIDR01": ("IDR", "Idrott och hälsa", "Idrott och hälsa 1", 100),
    "HISHIS01a1": ("HIS", "Historia", "Historia 1a1", 50),
    "SAMSAM01a1": ("SAM", "Samhällskunskap", "Samhällskunskap 1a1", 50),
    "RELREL01": ("REL", "Religionskunskap", "Religionskunskap 1", 50),
    "NAKNAK01a1": ("NAK", "Naturkunskap", "Naturkunskap 1a1", 50),
    "FYSFYS01a": ("FYS", "Fysik", "Fysik 1a", 150),
    "KEMKEM01": ("KEM", "Kemi", "Kemi 1", 100),
    "BIOBIO01": ("BIO", "Biologi", "Biologi 1", 100),
    "ELLELL00": ("ELL", "Ellära", "Elkraftteknik", 100),
    "VÅRVÅR01": ("VÅR", "Vård och omsorg", "Vård- och omsorgsarbete 1", 200),
}  # fmt: skip
ADULT_COURSES = {
    "SFI": ("SFI", "Svenska för invandrare", "GRNSFI2", "Svenska för invandrare, kurs C", None),
    "SFID": ("SFI", "Svenska för invandrare", "GRNSFI3", "Svenska för invandrare, kurs D", None),
    "VMA": ("VUXGR", "Matematik", "GRNMAT2", "Matematik, grundläggande nivå", 600),
    "VSV": ("VUXGR", "Svenska", "GRNSVE2", "Svenska, grundläggande nivå", 1000),
}
SHARED_COURSES = ("SVESVE01", "ENGENG05", "IDRIDR01", "HISHIS01a1", "SAMSAM01a1", "RELREL01")


@dataclass(frozen=True)
class Programme:
    """An upper-secondary programme with the courses of its own."""

    code: str
    name: str
    kind: str
    courses: tuple[str, ...]


PREPARATORY = "Högskoleförberedande program"
VOCATIONAL = "Yrkesprogram"
PROGRAMMES = (
    Programme("NA", "Naturvetenskapsprogrammet", PREPARATORY,
              ("MATMAT01c", "MATMAT02c", "MATMAT03c", "FYSFYS01a", "KEMKEM01", "BIOBIO01")),
    Programme("EE", "El- och energiprogrammet", VOCATIONAL,
              ("MATMAT01a", "NAKNAK01a1", "ELLELL00")),
    Programme("SA", "Samhällsvetenskapsprogrammet", PREPARATORY,
              ("MATMAT01c", "SVESVE02", "SVESVE03", "ENGENG06", "NAKNAK01a1")),
    Programme("VO", "Vård- och omsorgsprogrammet", VOCATIONAL,
              ("MATMAT01a", "NAKNAK01a1", "VÅRVÅR01")),
    Programme("TE", "Teknikprogrammet", PREPARATORY,
              ("MATMAT01c", "MATMAT02c", "FYSFYS01a", "ENGENG06")),
)  # fmt: skip


@dataclass(frozen=True)
class Catalogue:
    """Identities of the city's syllabuses (by designation or course code) and programmes."""

    plan: CityPlan

    @cached_property
    def syllabuses(self) -> dict[str, str]:
        """Identity by subject designation, course code or adult course."""
        keys = (*SUBJECTS, *COURSES, *ADULT_COURSES)
        return {key: self.plan.identity("syllabus", key) for key in keys}

    @cached_property
    def programmes(self) -> dict[str, str]:
        """Identity by programme code."""
        return {part.code: self.plan.identity("programme", part.code) for part in PROGRAMMES}

    def name(self, key: str) -> str:
        """What a subject or course is called."""
        if key in SUBJECTS:
            return SUBJECTS[key]
        return COURSES[key][2] if key in COURSES else ADULT_COURSES[key][3]

    def rows(self) -> Iterator[Rows]:
        """Syllabuses, then programmes and what they consist of."""
        yield Rows("syllabus", SYLLABUS, self._syllabuses())
        yield Rows("programme", PROGRAMME, (self._programme(part) for part in PROGRAMMES))
        yield Rows("programme_syllabus", PROGRAMME_SYLLABUS, self._contents())

    def _syllabuses(self) -> Iterator[str]:
        for code, name in SUBJECTS.items():
            subject = "M2" if code.startswith("M2") else code
            yield self._syllabus(code, "GR", f"GRGR{subject}01", name, code, None, None, None)
        for code, (designation, subject, course, points) in COURSES.items():
            yield self._syllabus(
                code, "GY", designation, subject, designation, code, course, points
            )
        for key, (school_type, subject, code, course, credits_) in ADULT_COURSES.items():
            yield self._syllabus(key, school_type, code[:6], subject, None, code, course, credits_)

    def _syllabus(self, key: str, school_type: str, *described: object) -> str:
        code, name, designation, course_code, course, points = described
        curriculum = {"GR": "GR2011", "GY": "GY2011"}.get(school_type, "Lvux12")
        first_year = 1 if school_type == "GR" else None
        identity = self.syllabuses[key]
        return line(
            identity, *self.plan.stamps(identity), school_type, code, name, swedish_key(str(name)),
            designation, course_code, course, swedish_key(str(course or "")), first_year, points,
            curriculum, True,
        )  # fmt: skip

    def _programme(self, part: Programme) -> str:
        identity = self.programmes[part.code]
        content = [
            {"type": "Gymnasiegemensamma", "points": _points(SHARED_COURSES)},
            {"type": "Programgemensamma", "points": _points(part.courses)},
        ]
        return line(identity, *self.plan.stamps(identity), part.name, swedish_key(part.name),
                    part.kind, "GY", part.code, content)  # fmt: skip

    def _contents(self) -> Iterator[str]:
        for part in PROGRAMMES:
            for block, courses in enumerate((SHARED_COURSES, part.courses)):
                for position, course in enumerate(courses):
                    identity = self.syllabuses[course]
                    yield line(self.programmes[part.code], block, position, identity)


def _points(courses: tuple[str, ...]) -> int:
    return sum(COURSES[course][3] for course in courses)
