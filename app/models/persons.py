"""Person, with the enrolments and responsibles that the standard places on it."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, column, text
from sqlmodel import Field, SQLModel

from app.models.base import Json, JsonValue, SortKey, StandardObject, TextArray


class Person(StandardObject, table=True):
    """A pupil, guardian or member of staff. Names only here; relations are rows elsewhere."""

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_modified", "modified", "id"),
        Index("ix_person_sort_name", "sort_name", "id"),
        Index("ix_person_given_name_sort", "given_name_sort", "id"),
        Index("ix_person_family_name_sort", "family_name_sort", "id"),
        Index("ix_person_civic_no_sort", text("coalesce(civic_no, '')"), "id"),
        Index("ix_person_civic_no", "civic_no"),
        Index(
            "ix_person_external_identifiers", "external_identifiers", postgresql_using="gin",
            postgresql_ops={"external_identifiers": "jsonb_path_ops"},
        ),
        Index("ix_person_edu_person_principal_names", "edu_person_principal_names",
              postgresql_using="gin"),
        Index("ix_person_search_name", "search_name", postgresql_using="gin",
              postgresql_ops={"search_name": "gin_trgm_ops"}),
        Index("ix_person_protected", "id", postgresql_where=column("security_marking") != "Ingen"),
    )  # fmt: skip

    given_name: str
    middle_name: str | None = None
    family_name: str
    sort_name: str = Field(sa_type=SortKey)
    given_name_sort: str = Field(sa_type=SortKey)
    family_name_sort: str = Field(sa_type=SortKey)
    # Lower-case given, middle and family name, newline between: no substring spans two names.
    search_name: str
    edu_person_principal_names: list[str] | None = Field(default=None, sa_type=TextArray)
    external_identifiers: JsonValue = Field(default=None, sa_type=Json)
    civic_no: str | None = Field(default=None, sa_type=SortKey)
    civic_no_nationality: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    security_marking: str = Field(default="Ingen")
    person_status: str | None = None
    emails: JsonValue = Field(default=None, sa_type=Json)
    phone_numbers: JsonValue = Field(default=None, sa_type=Json)
    addresses: JsonValue = Field(default=None, sa_type=Json)
    photo: str | None = None


class Enrolment(SQLModel, table=True):
    """A pupil's enrolment at a school unit."""

    __tablename__ = "enrolment"
    __table_args__ = (Index("ix_enrolment_school_unit_id", "school_unit_id", "person_id"),)

    person_id: UUID = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    school_unit_id: UUID = Field(foreign_key="organisation.id")
    school_year: int | None = None
    school_type: str
    start_date: date
    end_date: date | None = None
    cancelled: bool | None = None
    education_code: str | None = None
    programme_id: UUID | None = Field(default=None, foreign_key="programme.id", index=True)
    specification: str | None = None


class Responsible(SQLModel, table=True):
    """Someone responsible for a child: guardian, other responsible, appointed trustee."""

    __tablename__ = "responsible"
    __table_args__ = (Index("ix_responsible_person_id", "person_id", "child_id"),)

    child_id: UUID = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    relation_type: str | None = None
