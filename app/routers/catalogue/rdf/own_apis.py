"""What our own APIs say of themselves, in the shape of the catalogue's records."""

from collections.abc import Mapping
from dataclasses import dataclass

Text = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Api:
    """One of our APIs, and the data sets that it serves."""

    name: str
    path: str
    title: Text
    description: Text
    access: str
    serves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """A data set of ours, and below which address each API has it, as which media type."""

    name: str
    title: Text
    description: Text
    access: str
    at: tuple[tuple[str, str, str], ...]
    keywords: tuple[Text, ...] = ()


JSON, YAML = "application/json", "application/yaml"
APIS = (
    Api("ss12000", "/ss12000/v2.0", {"sv": "SS 12000", "en": "SS 12000"},
        {"sv": "Skolans organisation, personer, scheman och närvaro enligt SS 12000:2020, för "
               "system med avtal.",
         "en": "The schools' organisation, people, timetables and attendance by SS 12000:2020, for "
               "systems with an agreement."},
        "RESTRICTED", ("school-units", "schedule", "attendance")),
    Api("me", "/me/v1", {"sv": "Mina uppgifter", "en": "Me"},
        {"sv": "Det som en inloggad vårdnadshavare, elev eller lärare får se, för appar som de "
               "tillåter.",
         "en": "What a signed-in guardian, pupil or teacher may see, for apps that they allow."},
        "RESTRICTED", ("schedule", "attendance")),
    Api("absence-reports", "/absence-reports/v1",
        {"sv": "Frånvaroanmälningar", "en": "Absence reports"},
        {"sv": "Vad som har hänt med anmäld frånvaro.", "en": "What became of reported absences."},
        "NON_PUBLIC", ("attendance",)),
    Api("catalogue", "/catalogue/v1", {"sv": "Tjänstekatalogen", "en": "The service catalogue"},
        {"sv": "Vilka digitala tjänster skolorna använder till vad.",
         "en": "Which digital services the schools use for what."},
        "PUBLIC", ("service-catalogue",)),
)  # fmt: skip
SETS = (
    Data("school-units", {"sv": "Skolenheter", "en": "School units"},
         {"sv": "Kommunens skolenheter och hur de hör ihop.",
          "en": "The city's school units and how they belong together."},
         "RESTRICTED", (("ss12000", "/ss12000/v2.0/organisations", JSON),),
         ({"sv": "skola", "en": "school"},)),
    Data("schedule", {"sv": "Scheman", "en": "Timetables"},
         {"sv": "Lektioner med ämne, lärare, sal och ändringar.",
          "en": "Lessons with subject, teacher, room and changes."},
         "RESTRICTED", (("ss12000", "/ss12000/v2.0/calendarEvents", JSON),
                        ("me", "/me/v1/lessons", JSON)),
         ({"sv": "schema", "en": "timetable"},)),
    Data("attendance", {"sv": "Närvaro", "en": "Attendance"},
         {"sv": "Närvaro och frånvaro. Lämnas endast ut till den som har rätt till den.",
          "en": "Attendance and absence. Given only to whoever has a right to it."},
         "NON_PUBLIC", (("ss12000", "/ss12000/v2.0/attendances", JSON),),
         ({"sv": "närvaro", "en": "attendance"},)),
    Data("service-catalogue", {"sv": "Tjänstekatalog", "en": "Service catalogue"},
         {"sv": "Digitala tjänster, vad de används till, vad som får sparas var och vad som "
                "ersätter vad.",
          "en": "Digital services, what they are used for, what may be kept where and what "
                "replaces what."},
         "PUBLIC", (("catalogue", "/catalogue/v1/services", JSON),
                    ("catalogue", "/catalogue/v1/exports/yaml", YAML)),
         ({"sv": "digitala tjänster", "en": "digital services"},)),
)  # fmt: skip
