"""The value lists of the standard, with its own spellings."""

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


class PlacementSchoolType(StrEnum):
    """The school types that a child can be placed in: pre-school and after-school care."""

    FS = "FS"
    FTH = "FTH"
    OPPFTH = "OPPFTH"


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


class OrganisationAddressType(StrEnum):
    """What an organisation's address is for."""

    BESOKSADRESS = "Besöksadress"
    LEVERANSADRESS = "Leveransadress"
    POSTADRESS = "Postadress"
    FAKTURAADRESS = "Fakturaadress"


class ContactInfoType(StrEnum):
    """Whom an organisation's contact information is for."""

    SUPPORT = "Support"
    PUBLIK = "Publik"


class Sex(StrEnum):
    """Legal sex."""

    MAN = "Man"
    KVINNA = "Kvinna"
    OKANT = "Okänt"


class SecurityMarking(StrEnum):
    """Whether a person's data is protected in the population register."""

    INGEN = "Ingen"
    SEKRETESSMARKERING = "Sekretessmarkering"
    SKYDDAD_FOLKBOKFORING = "Skyddad folkbokföring"


class PersonStatus(StrEnum):
    """Whether a person is active, has emigrated or has died."""

    AKTIV = "Aktiv"
    UTVANDRAD = "Utvandrad"
    AVLIDEN = "Avliden"


class EmailType(StrEnum):
    """Where an e-mail address belongs."""

    PRIVAT = "Privat"
    SKOLA_ELEV = "Skola elev"
    SKOLA_PERSONAL = "Skola personal"
    ARBETE_OVRIGT = "Arbete övrigt"


class PhoneNumberType(StrEnum):
    """Where a phone number belongs."""

    HEM = "Hem"
    ARBETE = "Arbete"


class PersonAddressType(StrEnum):
    """What a person's address is."""

    FOLKBOKFORING = "Folkbokföring"
    SARSKILD_POSTADRESS = "Särskild postadress"
    TILLFALLIG_ADRESS = "Tillfällig adress"
    POSTADRESS = "Postadress"


class RelationType(StrEnum):
    """What a responsible adult is to a child."""

    VARDNADSHAVARE = "Vårdnadshavare"
    ANNAN_ANSVARIG = "Annan ansvarig"
    GOD_MAN = "God man"
    UTSEDD_BEHORIG = "Utsedd behörig"


class PlacementReason(StrEnum):
    """Why a child has a place."""

    OMSORGSBEHOV = "Omsorgsbehov"
    ERBJUDEN_TID = "Erbjuden tid"
    EGET_BEHOV = "Eget behov"


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


class ProgrammeType(StrEnum):
    """The kind of a programme or of a branch of one."""

    YRKESPROGRAM = "Yrkesprogram"
    HOGSKOLEFORBEREDANDE = "Högskoleförberedande program"
    # Misspelt in the standard, and therefore in every client.
    INTRODUKTIONSPROGRAM = "Intruduktionsprogram"
    NATIONELLT_YRKESPAKET = "Nationellt yrkespaket"
    REGIONALT_YRKESPAKET = "Regionalt yrkespaket"
    FJARDE_TEKNISKT_AR = "Fjärde tekniskt år"
    PROGRAMINRIKTNING = "Programinriktning"
    UTGANG = "Utgång"


class ProgrammeContentType(StrEnum):
    """Which part of a programme a block of courses is."""

    GYMNASIEGEMENSAMMA = "Gymnasiegemensamma"
    PROGRAMGEMENSAMMA = "Programgemensamma"
    INRIKTNING = "Inriktning"
    PROGRAMFORDJUPNING = "Programfördjupning"
    GYMNASIEARBETE = "Gymnasiearbete"
    INDIVIDUELLT_VAL = "Individuellt val"


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


class ActivityType(StrEnum):
    """What an activity is: teaching or something else in the schedule."""

    UNDERVISNING = "Undervisning"
    ELEVAKTIVITET = "Elevaktivitet"
    PROVAKTIVITET = "Provaktivitet"
    LARARAKTIVITET = "Läraraktivitet"
    OVRIGT = "Övrigt"


class AttendanceEventType(StrEnum):
    """Whether a child came or left."""

    IN = "In"
    UT = "Ut"


class AttendanceScheduleState(StrEnum):
    """Where a schedule stands: approved, asked for or refused."""

    GODKANT = "Godkänt"
    BEGART = "Begärt"
    NEKAT = "Nekat"


class DayOfWeek(StrEnum):
    """A day of the week."""

    MANDAG = "Måndag"
    TISDAG = "Tisdag"
    ONSDAG = "Onsdag"
    TORSDAG = "Torsdag"
    FREDAG = "Fredag"
    LORDAG = "Lördag"
    SONDAG = "Söndag"


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
