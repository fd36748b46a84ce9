"""The value lists that the standard shares between nouns; a list of one noun stands with it."""

from enum import StrEnum


class SchoolType(StrEnum):
    """Skolform or kind of activity, by its abbreviation."""

    FS = "FS"
    FKLASS = "FKLASS"
    FTH = "FTH"
    OPPFTH = "OPPFTH"
    GR = "GR"
    GRS = "GRS"
    TR = "TR"
    SP = "SP"
    SAM = "SAM"
    GY = "GY"
    GYS = "GYS"
    VUX = "VUX"
    VUXSFI = "VUXSFI"
    VUXGR = "VUXGR"
    VUXGY = "VUXGY"
    VUXSARGR = "VUXSARGR"
    VUXSARTR = "VUXSARTR"
    VUXSARGY = "VUXSARGY"
    SFI = "SFI"
    SARVUX = "SARVUX"
    SARVUXGR = "SARVUXGR"
    SARVUXGY = "SARVUXGY"
    KU = "KU"
    YH = "YH"
    FHS = "FHS"
    STF = "STF"
    KKU = "KKU"
    HS = "HS"
    ABU = "ABU"
    AU = "AU"


class OrganisationType(StrEnum):
    """The level of an organisation, from the responsible body down to the school unit."""

    HUVUDMAN = "Huvudman"
    VERKSAMHETSOMRADE = "Verksamhetsområde"
    FORVALTNING = "Förvaltning"
    REKTORSOMRADE = "Rektorsområde"
    SKOLA = "Skola"
    SKOLENHET = "Skolenhet"
    VARUMARKE = "Varumärke"
    BOLAG = "Bolag"
    OVRIGT = "Övrigt"


class SecurityMarking(StrEnum):
    """Whether a person's data is protected in the population register."""

    INGEN = "Ingen"
    SEKRETESSMARKERING = "Sekretessmarkering"
    SKYDDAD_FOLKBOKFORING = "Skyddad folkbokföring"


class RelationType(StrEnum):
    """What a responsible adult is to a child."""

    VARDNADSHAVARE = "Vårdnadshavare"
    ANNAN_ANSVARIG = "Annan ansvarig"
    GOD_MAN = "God man"
    UTSEDD_BEHORIG = "Utsedd behörig"


class DutyRole(StrEnum):
    """What a member of staff does."""

    REKTOR = "Rektor"
    LARARE = "Lärare"
    FORSKOLLARARE = "Förskollärare"
    BARNSKOTARE = "Barnskötare"
    BIBLIOTEKARIE = "Bibliotekarie"
    LARARASSISTENT = "Lärarassistent"
    FRITIDSPEDAGOG = "Fritidspedagog"
    ANNAN_PERSONAL = "Annan personal"
    STUDIE_OCH_YRKESVAGLEDARE = "Studie- och yrkesvägledare"
    FORSTELARARE = "Förstelärare"
    KURATOR = "Kurator"
    SKOLSKOTERSKA = "Skolsköterska"
    SKOLLAKARE = "Skolläkare"
    SKOLPSYKOLOG = "Skolpsykolog"
    SPECIALLARARE_SPECIALPEDAGOG = "Speciallärare/specialpedagog"
    SKOLADMINISTRATOR = "Skoladministratör"
    OVRIG_ARBETSLEDNING = "Övrig arbetsledning"
    OVRIG_PEDAGOGISK_PERSONAL = "Övrig pedagogisk personal"
    FORSKOLECHEF = "Förskolechef"


class AssignmentRoleType(StrEnum):
    """What a member of staff is to one group, apart from teaching it."""

    MENTOR = "Mentor"
    FORSKOLLARARE = "Förskollärare"
    BARNSKOTARE = "Barnskötare"
    FRITIDSPEDAGOG = "Fritidspedagog"
    SPECIALPEDAGOG = "Specialpedagog"
    ELEVHALSOPERSONAL = "Elevhälsopersonal"
    PEDAGOGISK_LEDARE = "Pedagogisk ledare"
    SCHEMALAGGARE = "Schemaläggare"
    LARARASSISTENT = "Lärarassistent"
    ADMINISTRATIV_PERSONAL = "Administrativ personal"


class GroupType(StrEnum):
    """What a group is for."""

    UNDERVISNING = "Undervisning"
    KLASS = "Klass"
    MENTOR = "Mentor"
    PROVGRUPP = "Provgrupp"
    SCHEMA = "Schema"
    AVDELNING = "Avdelning"
    PERSONALGRUPP = "Personalgrupp"
    OVRIGT = "Övrigt"


class Curriculum(StrEnum):
    """The curriculum that a syllabus belongs to."""

    LGY70 = "Lgy70"
    LGR80 = "Lgr80"
    LPO94 = "Lpo94"
    LPF94 = "Lpf94"
    LPFO98 = "Lpfö98"
    GR2000 = "GR2000"
    GY2000 = "GY2000"
    GYSAR2000 = "GYSÄR2000"
    GYVUX2000 = "GYVUX2000"
    GYVUX2001 = "GYVUX2001"
    GYVUX2002 = "GYVUX2002"
    GR2011 = "GR2011"
    GRSAR2011 = "GRSÄR2011"
    SPEC2011 = "SPEC2011"
    SAM2011 = "SAM2011"
    LVUX12 = "Lvux12"
    GY2011 = "GY2011"
    GYSAR2013 = "GYSÄR2013"
    VU2013 = "VU2013"


class AbsenceType(StrEnum):
    """Leave that the school granted, or absence that was reported to it."""

    BEVILJAD_LEDIGHET = "Beviljad ledighet"
    ANMALD_FRANVARO = "Anmäld frånvaro"


class ObjectType(StrEnum):
    """The standard's names of the objects, as used for subscriptions and deletions."""

    ABSENCE = "Absence"
    ATTENDANCE_EVENT = "AttendanceEvent"
    ATTENDANCE = "Attendance"
    GRADE = "Grade"
    CALENDAR_EVENT = "CalendarEvent"
    ATTENDANCE_SCHEDULE = "AttendanceSchedule"
    RESOURCE = "Resource"
    ROOM = "Room"
    ACTIVITY = "Activity"
    DUTY = "Duty"
    PLACEMENT = "Placement"
    STUDY_PLAN = "StudyPlan"
    PROGRAMME = "Programme"
    SYLLABUS = "Syllabus"
    SCHOOL_UNIT_OFFERING = "SchoolUnitOffering"
    GROUP = "Group"
    PERSON = "Person"
    ORGANISATION = "Organisation"
