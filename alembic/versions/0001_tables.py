"""The tables of the standard, the registry of consumers, and the records.

Revision ID: 0001
Revises:
Create Date: 2026-11-24 09:15:09.171103
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "access_record",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("acting_person_id", sa.Uuid(), nullable=True),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column(
            "filters", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("sort_order", sa.String(), nullable=True),
        sa.Column("field_groups", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column(
            "first_key", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "last_key", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("person_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.PrimaryKeyConstraint("id", "at", name=op.f("pk_access_record")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index(
        "ix_access_record_client_id", "access_record", ["client_id", "at"], unique=False
    )
    op.create_index(
        "ix_access_record_person_ids",
        "access_record",
        ["person_ids"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "audit_record",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column(
            "details", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_record")),
    )
    op.create_index(op.f("ix_audit_record_at"), "audit_record", ["at"], unique=False)
    op.create_table(
        "change_clock",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("stamp", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_clock")),
    )
    op.create_table(
        "consumer_organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation_number", sa.String(), nullable=True),
        sa.Column("contact_email", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consumer_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_consumer_organisation_name")),
    )
    op.create_table(
        "revoked_token",
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_revoked_token")),
    )
    op.create_index(op.f("ix_revoked_token_expires"), "revoked_token", ["expires"], unique=False)
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column(
            "public_jwk", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("private_jwk_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.SmallInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )
    op.create_table(
        "tombstone",
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("deleted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("school_unit_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("resource", "object_id", name=op.f("pk_tombstone")),
    )
    op.create_index(
        "ix_tombstone_deleted", "tombstone", ["deleted", "resource", "object_id"], unique=False
    )
    op.create_table(
        "used_assertion",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "jti", name=op.f("pk_used_assertion")),
    )
    op.create_index(op.f("ix_used_assertion_expires"), "used_assertion", ["expires"], unique=False)
    op.create_table(
        "application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("consumer_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_endpoint_auth_methods", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("jwks_uri", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_reason", sa.String(), nullable=True),
        sa.Column("tokens_valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["consumer_organisation_id"],
            ["consumer_organisation.id"],
            name=op.f("fk_application_consumer_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("client_id", name=op.f("uq_application_client_id")),
    )
    op.create_index(
        op.f("ix_application_consumer_organisation_id"),
        "application",
        ["consumer_organisation_id"],
        unique=False,
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column(
            "counts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_import_run_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index(op.f("ix_import_run_source_id"), "import_run", ["source_id"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False),
        sa.Column("organisation_code", sa.String(), nullable=True),
        sa.Column("organisation_type", sa.String(), nullable=False),
        sa.Column("organisation_number", sa.String(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("school_unit_code", sa.String(), nullable=True),
        sa.Column("school_types", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column(
            "address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("municipality_code", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone_number", sa.String(), nullable=True),
        sa.Column(
            "contact_info",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_organisation_source_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index("ix_organisation_modified", "organisation", ["modified", "id"], unique=False)
    op.create_index(
        op.f("ix_organisation_organisation_code"),
        "organisation",
        ["organisation_code"],
        unique=False,
    )
    op.create_index(op.f("ix_organisation_parent_id"), "organisation", ["parent_id"], unique=False)
    op.create_index(
        op.f("ix_organisation_school_unit_code"), "organisation", ["school_unit_code"], unique=False
    )
    op.create_index("ix_organisation_sort_name", "organisation", ["sort_name", "id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("middle_name", sa.String(), nullable=True),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False),
        sa.Column("given_name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("family_name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("search_name", sa.String(), nullable=False),
        sa.Column("edu_person_principal_names", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column(
            "external_identifiers",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.Column("civic_no", sa.Text(collation="C"), nullable=True),
        sa.Column("civic_no_nationality", sa.String(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(), nullable=True),
        sa.Column("security_marking", sa.String(), nullable=False),
        sa.Column("person_status", sa.String(), nullable=True),
        sa.Column(
            "emails", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "phone_numbers",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.Column(
            "addresses", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("photo", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_person_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index("ix_person_civic_no", "person", ["civic_no"], unique=False)
    op.create_index(
        "ix_person_civic_no_sort",
        "person",
        [sa.literal_column("coalesce(civic_no, '')"), "id"],
        unique=False,
    )
    op.create_index(
        "ix_person_edu_person_principal_names",
        "person",
        ["edu_person_principal_names"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_person_external_identifiers",
        "person",
        ["external_identifiers"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"external_identifiers": "jsonb_path_ops"},
    )
    op.create_index(
        "ix_person_family_name_sort", "person", ["family_name_sort", "id"], unique=False
    )
    op.create_index("ix_person_given_name_sort", "person", ["given_name_sort", "id"], unique=False)
    op.create_index("ix_person_modified", "person", ["modified", "id"], unique=False)
    op.create_index(
        "ix_person_protected",
        "person",
        ["id"],
        unique=False,
        postgresql_where=sa.text("security_marking != 'Ingen'"),
    )
    op.create_index(
        "ix_person_search_name",
        "person",
        ["search_name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_name": "gin_trgm_ops"},
    )
    op.create_index("ix_person_sort_name", "person", ["sort_name", "id"], unique=False)
    op.create_table(
        "programme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("school_type", sa.String(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["programme.id"], name=op.f("fk_programme_parent_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_programme_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_index(
        "ix_programme_code",
        "programme",
        [sa.literal_column("coalesce(code, '')"), "id"],
        unique=False,
    )
    op.create_index("ix_programme_modified", "programme", ["modified", "id"], unique=False)
    op.create_index("ix_programme_sort_name", "programme", ["sort_name", "id"], unique=False)
    op.create_table(
        "syllabus",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("school_type", sa.String(), nullable=False),
        sa.Column("subject_code", sa.Text(collation="C"), nullable=True),
        sa.Column("subject_name", sa.String(), nullable=False),
        sa.Column("subject_name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_designation", sa.Text(collation="C"), nullable=True),
        sa.Column("course_code", sa.Text(collation="C"), nullable=True),
        sa.Column("course_name", sa.String(), nullable=True),
        sa.Column("course_name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("start_school_year", sa.Integer(), nullable=True),
        sa.Column("end_school_year", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("curriculum", sa.String(), nullable=True),
        sa.Column("language_code", sa.String(), nullable=True),
        sa.Column(
            "specialisation_course_content",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.Column("official", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_syllabus_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_syllabus")),
    )
    op.create_index(
        "ix_syllabus_course_code",
        "syllabus",
        [sa.literal_column("coalesce(course_code, '')"), "id"],
        unique=False,
    )
    op.create_index(
        "ix_syllabus_course_name_sort", "syllabus", ["course_name_sort", "id"], unique=False
    )
    op.create_index("ix_syllabus_modified", "syllabus", ["modified", "id"], unique=False)
    op.create_index(
        "ix_syllabus_subject_code",
        "syllabus",
        [sa.literal_column("coalesce(subject_code, '')"), "id"],
        unique=False,
    )
    op.create_index(
        "ix_syllabus_subject_designation",
        "syllabus",
        [sa.literal_column("coalesce(subject_designation, '')"), "id"],
        unique=False,
    )
    op.create_index(
        "ix_syllabus_subject_name_sort", "syllabus", ["subject_name_sort", "id"], unique=False
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("school_unit_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["person.id"], name=op.f("fk_absence_registered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_unit_id"], ["organisation.id"], name=op.f("fk_absence_school_unit_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_absence_source_id")),
        sa.ForeignKeyConstraint(["student_id"], ["person.id"], name=op.f("fk_absence_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_modified", "absence", ["modified", "id"], unique=False)
    op.create_index(
        "ix_absence_registered_by_id", "absence", ["registered_by_id", "id"], unique=False
    )
    op.create_index("ix_absence_school_unit_id", "absence", ["school_unit_id", "id"], unique=False)
    op.create_index("ix_absence_start_time", "absence", ["start_time", "id"], unique=False)
    op.create_index("ix_absence_student_id", "absence", ["student_id", "id"], unique=False)
    op.create_table(
        "activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False),
        sa.Column("calendar_events_required", sa.Boolean(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("activity_type", sa.String(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("minutes_planned", sa.Integer(), nullable=True),
        sa.Column("syllabus_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("parent_activity_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_activity_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_activity_id"], ["activity.id"], name=op.f("fk_activity_parent_activity_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_activity_source_id")),
        sa.ForeignKeyConstraint(
            ["syllabus_id"], ["syllabus.id"], name=op.f("fk_activity_syllabus_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index("ix_activity_modified", "activity", ["modified", "id"], unique=False)
    op.create_index(
        "ix_activity_organisation_id", "activity", ["organisation_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_activity_parent_activity_id"), "activity", ["parent_activity_id"], unique=False
    )
    op.create_index("ix_activity_sort_name", "activity", ["sort_name", "id"], unique=False)
    op.create_index(op.f("ix_activity_syllabus_id"), "activity", ["syllabus_id"], unique=False)
    op.create_table(
        "attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("event_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calendar_event_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("school_unit_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("is_reported", sa.Boolean(), nullable=False),
        sa.Column("attendance_minutes", sa.Integer(), nullable=True),
        sa.Column("valid_absence_minutes", sa.Integer(), nullable=True),
        sa.Column("invalid_absence_minutes", sa.Integer(), nullable=True),
        sa.Column("other_attendance_minutes", sa.Integer(), nullable=True),
        sa.Column("absence_reason", sa.String(), nullable=True),
        sa.Column("reported_timestamp", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["person.id"], name=op.f("fk_attendance_reporter_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_attendance_source_id")),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name=op.f("fk_attendance_student_id")
        ),
        sa.PrimaryKeyConstraint("id", "event_start", name=op.f("pk_attendance")),
        postgresql_partition_by="RANGE (event_start)",
    )
    op.create_index(
        "ix_attendance_activity_id",
        "attendance",
        ["activity_id", "event_start", "id"],
        unique=False,
    )
    op.create_index(
        "ix_attendance_calendar_event_id",
        "attendance",
        ["calendar_event_id", "event_start", "id"],
        unique=False,
    )
    op.create_index("ix_attendance_event_start", "attendance", ["event_start", "id"], unique=False)
    op.create_index("ix_attendance_modified", "attendance", ["modified", "id"], unique=False)
    op.create_index(
        "ix_attendance_school_unit_id",
        "attendance",
        ["school_unit_id", "event_start", "id"],
        unique=False,
    )
    op.create_index(
        "ix_attendance_student_id", "attendance", ["student_id", "event_start", "id"], unique=False
    )
    op.create_table(
        "consumer_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_reference", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("organisation_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("school_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("field_groups", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sees_protected", sa.Boolean(), nullable=False),
        sa.Column("rate_tier", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_consumer_grant_application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consumer_grant")),
    )
    op.create_index(
        op.f("ix_consumer_grant_application_id"), "consumer_grant", ["application_id"], unique=False
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=True),
        sa.Column("secret_hint", sa.String(), nullable=True),
        sa.Column(
            "public_jwk", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_credential_application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
    )
    op.create_index(
        op.f("ix_credential_application_id"), "credential", ["application_id"], unique=False
    )
    op.create_table(
        "duty",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("duty_role", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("signature", sa.String(), nullable=True),
        sa.Column("duty_percent", sa.Integer(), nullable=True),
        sa.Column("hours_per_year", sa.Integer(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_duty_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_person_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_duty_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index("ix_duty_modified", "duty", ["modified", "id"], unique=False)
    op.create_index("ix_duty_organisation_id", "duty", ["organisation_id", "id"], unique=False)
    op.create_index("ix_duty_person_id", "duty", ["person_id", "id"], unique=False)
    op.create_index("ix_duty_start_date", "duty", ["start_date", "id"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("school_unit_id", sa.Uuid(), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=True),
        sa.Column("school_type", sa.String(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=True),
        sa.Column("education_code", sa.String(), nullable=True),
        sa.Column("programme_id", sa.Uuid(), nullable=True),
        sa.Column("specification", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_enrolment_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_unit_id"], ["organisation.id"], name=op.f("fk_enrolment_school_unit_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "position", name=op.f("pk_enrolment")),
    )
    op.create_index(op.f("ix_enrolment_programme_id"), "enrolment", ["programme_id"], unique=False)
    op.create_index(
        "ix_enrolment_school_unit_id", "enrolment", ["school_unit_id", "person_id"], unique=False
    )
    op.create_table(
        "programme_syllabus",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("content_position", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("syllabus_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_programme_syllabus_programme_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["syllabus_id"], ["syllabus.id"], name=op.f("fk_programme_syllabus_syllabus_id")
        ),
        sa.PrimaryKeyConstraint(
            "programme_id", "content_position", "position", name=op.f("pk_programme_syllabus")
        ),
    )
    op.create_index(
        op.f("ix_programme_syllabus_syllabus_id"),
        "programme_syllabus",
        ["syllabus_id"],
        unique=False,
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["organisation.id"], name=op.f("fk_resource_owner_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_resource_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
    )
    op.create_index("ix_resource_modified", "resource", ["modified", "id"], unique=False)
    op.create_index("ix_resource_owner_id", "resource", ["owner_id", "id"], unique=False)
    op.create_index("ix_resource_sort_name", "resource", ["sort_name", "id"], unique=False)
    op.create_table(
        "responsible",
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("relation_type", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["child_id"], ["person.id"], name=op.f("fk_responsible_child_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_responsible_person_id")
        ),
        sa.PrimaryKeyConstraint("child_id", "position", name=op.f("pk_responsible")),
    )
    op.create_index(
        "ix_responsible_person_id", "responsible", ["person_id", "child_id"], unique=False
    )
    op.create_table(
        "room",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_room_owner_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_room_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
    )
    op.create_index("ix_room_modified", "room", ["modified", "id"], unique=False)
    op.create_index("ix_room_owner_id", "room", ["owner_id", "id"], unique=False)
    op.create_index("ix_room_sort_name", "room", ["sort_name", "id"], unique=False)
    op.create_table(
        "school_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("group_type", sa.String(), nullable=False),
        sa.Column("school_type", sa.String(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_school_group_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_school_group_source_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_group")),
    )
    op.create_index(
        "ix_school_group_end_date",
        "school_group",
        [sa.literal_column("coalesce(end_date, 'infinity'::date)"), "id"],
        unique=False,
    )
    op.create_index("ix_school_group_modified", "school_group", ["modified", "id"], unique=False)
    op.create_index(
        "ix_school_group_organisation_id", "school_group", ["organisation_id", "id"], unique=False
    )
    op.create_index("ix_school_group_sort_name", "school_group", ["sort_name", "id"], unique=False)
    op.create_index(
        "ix_school_group_start_date", "school_group", ["start_date", "id"], unique=False
    )
    op.create_table(
        "school_unit_offering",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("school_unit_id", sa.Uuid(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_unit_id"],
            ["organisation.id"],
            name=op.f("fk_school_unit_offering_school_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_school_unit_offering_source_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_unit_offering")),
    )
    op.create_index(
        "ix_school_unit_offering_end_date",
        "school_unit_offering",
        [sa.literal_column("coalesce(end_date, 'infinity'::date)"), "id"],
        unique=False,
    )
    op.create_index(
        "ix_school_unit_offering_modified", "school_unit_offering", ["modified", "id"], unique=False
    )
    op.create_index(
        "ix_school_unit_offering_school_unit_id",
        "school_unit_offering",
        ["school_unit_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_school_unit_offering_start_date",
        "school_unit_offering",
        [sa.literal_column("coalesce(start_date, '-infinity'::date)"), "id"],
        unique=False,
    )
    op.create_table(
        "set_aside_row",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("row_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("missing_id", sa.Uuid(), nullable=True),
        sa.Column(
            "payload", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_set_aside_row_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_set_aside_row_source_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside_row")),
    )
    op.create_index("ix_set_aside_row_missing_id", "set_aside_row", ["missing_id"], unique=False)
    op.create_index(
        "ix_set_aside_row_row", "set_aside_row", ["source_id", "resource", "row_id"], unique=False
    )
    op.create_table(
        "student_exception",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("participates", sa.Boolean(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("teaching_length", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_student_exception_person_id")
        ),
        sa.PrimaryKeyConstraint(
            "event_id", "event_start", "position", name=op.f("pk_student_exception")
        ),
        postgresql_partition_by="RANGE (event_start)",
    )
    op.create_index(
        "ix_student_exception_person_id",
        "student_exception",
        ["person_id", "event_start"],
        unique=False,
    )
    op.create_table(
        "activity_group",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_activity_group_activity_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["school_group.id"], name=op.f("fk_activity_group_group_id")
        ),
        sa.PrimaryKeyConstraint("activity_id", "position", name=op.f("pk_activity_group")),
    )
    op.create_index(
        "ix_activity_group_group_id", "activity_group", ["group_id", "activity_id"], unique=False
    )
    op.create_table(
        "activity_teacher",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("duty_id", sa.Uuid(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("minutes_planned", sa.Integer(), nullable=True),
        sa.Column("grader", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_activity_teacher_activity_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["duty_id"], ["duty.id"], name=op.f("fk_activity_teacher_duty_id")),
        sa.PrimaryKeyConstraint("activity_id", "position", name=op.f("pk_activity_teacher")),
    )
    op.create_index(
        "ix_activity_teacher_duty_id", "activity_teacher", ["duty_id", "activity_id"], unique=False
    )
    op.create_table(
        "assignment_role",
        sa.Column("duty_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_role_type", sa.String(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["duty_id"], ["duty.id"], name=op.f("fk_assignment_role_duty_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["school_group.id"], name=op.f("fk_assignment_role_group_id")
        ),
        sa.PrimaryKeyConstraint("duty_id", "position", name=op.f("pk_assignment_role")),
    )
    op.create_index(
        "ix_assignment_role_group_id", "assignment_role", ["group_id", "duty_id"], unique=False
    )
    op.create_table(
        "attendance_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_type", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("registered_by_id", sa.Uuid(), nullable=True),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("school_unit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["school_group.id"], name=op.f("fk_attendance_event_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_attendance_event_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["person.id"], name=op.f("fk_attendance_event_registered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_attendance_event_source_id")
        ),
        sa.PrimaryKeyConstraint("id", "time", name=op.f("pk_attendance_event")),
        postgresql_partition_by="RANGE (time)",
    )
    op.create_index(
        "ix_attendance_event_group_id", "attendance_event", ["group_id", "time", "id"], unique=False
    )
    op.create_index(
        "ix_attendance_event_modified", "attendance_event", ["modified", "id"], unique=False
    )
    op.create_index(
        "ix_attendance_event_person_id",
        "attendance_event",
        ["person_id", "time", "id"],
        unique=False,
    )
    op.create_index(
        "ix_attendance_event_school_unit_id",
        "attendance_event",
        ["school_unit_id", "time", "id"],
        unique=False,
    )
    op.create_index("ix_attendance_event_time", "attendance_event", ["time", "id"], unique=False)
    op.create_table(
        "calendar_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("school_unit_id", sa.Uuid(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=True),
        sa.Column("teaching_length_teacher", sa.Integer(), nullable=True),
        sa.Column("teaching_length_student", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("room_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("resource_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("has_exceptions", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_calendar_event_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_calendar_event_source_id")
        ),
        sa.PrimaryKeyConstraint("id", "start_time", name=op.f("pk_calendar_event")),
        postgresql_partition_by="RANGE (start_time)",
    )
    op.create_index(
        "ix_calendar_event_activity_id",
        "calendar_event",
        ["activity_id", "start_time", "id"],
        unique=False,
    )
    op.create_index(
        "ix_calendar_event_modified", "calendar_event", ["modified", "id"], unique=False
    )
    op.create_index(
        "ix_calendar_event_school_unit_id",
        "calendar_event",
        ["school_unit_id", "start_time", "id"],
        unique=False,
    )
    op.create_index(
        "ix_calendar_event_start_time", "calendar_event", ["start_time", "id"], unique=False
    )
    op.create_table(
        "group_membership",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["school_group.id"],
            name=op.f("fk_group_membership_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_group_membership_person_id")
        ),
        sa.PrimaryKeyConstraint("group_id", "position", name=op.f("pk_group_membership")),
    )
    op.create_index(
        "ix_group_membership_person_id", "group_membership", ["person_id", "group_id"], unique=False
    )
    op.create_table(
        "offered_programme",
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["offering_id"],
            ["school_unit_offering.id"],
            name=op.f("fk_offered_programme_offering_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_offered_programme_programme_id")
        ),
        sa.PrimaryKeyConstraint("offering_id", "position", name=op.f("pk_offered_programme")),
    )
    op.create_index(
        op.f("ix_offered_programme_programme_id"),
        "offered_programme",
        ["programme_id"],
        unique=False,
    )
    op.create_table(
        "offered_syllabus",
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("syllabus_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["offering_id"],
            ["school_unit_offering.id"],
            name=op.f("fk_offered_syllabus_offering_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["syllabus_id"], ["syllabus.id"], name=op.f("fk_offered_syllabus_syllabus_id")
        ),
        sa.PrimaryKeyConstraint("offering_id", "position", name=op.f("pk_offered_syllabus")),
    )
    op.create_index(
        op.f("ix_offered_syllabus_syllabus_id"), "offered_syllabus", ["syllabus_id"], unique=False
    )
    op.create_table(
        "placement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("school_unit_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("school_type", sa.String(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("max_weekly_schedule_hours", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["person.id"], name=op.f("fk_placement_child_id")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["school_group.id"], name=op.f("fk_placement_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_unit_id"], ["organisation.id"], name=op.f("fk_placement_school_unit_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_placement_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    op.create_index("ix_placement_child_id", "placement", ["child_id", "id"], unique=False)
    op.create_index(
        "ix_placement_end_date",
        "placement",
        [sa.literal_column("coalesce(end_date, 'infinity'::date)"), "id"],
        unique=False,
    )
    op.create_index("ix_placement_group_id", "placement", ["group_id", "id"], unique=False)
    op.create_index("ix_placement_modified", "placement", ["modified", "id"], unique=False)
    op.create_index(
        "ix_placement_school_unit_id", "placement", ["school_unit_id", "id"], unique=False
    )
    op.create_index("ix_placement_start_date", "placement", ["start_date", "id"], unique=False)
    op.create_table(
        "teacher_exception",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("duty_id", sa.Uuid(), nullable=False),
        sa.Column("participates", sa.Boolean(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("teaching_length", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["duty_id"], ["duty.id"], name=op.f("fk_teacher_exception_duty_id")
        ),
        sa.PrimaryKeyConstraint(
            "event_id", "event_start", "position", name=op.f("pk_teacher_exception")
        ),
        postgresql_partition_by="RANGE (event_start)",
    )
    op.create_index(
        "ix_teacher_exception_duty_id",
        "teacher_exception",
        ["duty_id", "event_start"],
        unique=False,
    )
    op.create_table(
        "attendance_schedule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("number_of_weeks", sa.Integer(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("temporary", sa.Boolean(), nullable=True),
        sa.Column(
            "schedule_entries",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_attendance_schedule_placement_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_attendance_schedule_source_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_schedule")),
    )
    op.create_index(
        "ix_attendance_schedule_modified", "attendance_schedule", ["modified", "id"], unique=False
    )
    op.create_index(
        "ix_attendance_schedule_placement_id",
        "attendance_schedule",
        ["placement_id", "id"],
        unique=False,
    )
    op.create_table(
        "placement_owner",
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_placement_owner_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"],
            ["placement.id"],
            name=op.f("fk_placement_owner_placement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("placement_id", "position", name=op.f("pk_placement_owner")),
    )
    op.create_index(
        "ix_placement_owner_person_id",
        "placement_owner",
        ["person_id", "placement_id"],
        unique=False,
    )
    op.create_table(
        "attendance_schedule_state",
        sa.Column("attendance_schedule_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("registered_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendance_schedule_id"],
            ["attendance_schedule.id"],
            name=op.f("fk_attendance_schedule_state_attendance_schedule_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registered_by_id"],
            ["person.id"],
            name=op.f("fk_attendance_schedule_state_registered_by_id"),
        ),
        sa.PrimaryKeyConstraint(
            "attendance_schedule_id", "position", name=op.f("pk_attendance_schedule_state")
        ),
    )
    op.create_index(
        op.f("ix_attendance_schedule_state_registered_by_id"),
        "attendance_schedule_state",
        ["registered_by_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(
        op.f("ix_attendance_schedule_state_registered_by_id"),
        table_name="attendance_schedule_state",
    )
    op.drop_table("attendance_schedule_state")
    op.drop_index("ix_placement_owner_person_id", table_name="placement_owner")
    op.drop_table("placement_owner")
    op.drop_index("ix_attendance_schedule_placement_id", table_name="attendance_schedule")
    op.drop_index("ix_attendance_schedule_modified", table_name="attendance_schedule")
    op.drop_table("attendance_schedule")
    op.drop_index("ix_teacher_exception_duty_id", table_name="teacher_exception")
    op.drop_table("teacher_exception")
    op.drop_index("ix_placement_start_date", table_name="placement")
    op.drop_index("ix_placement_school_unit_id", table_name="placement")
    op.drop_index("ix_placement_modified", table_name="placement")
    op.drop_index("ix_placement_group_id", table_name="placement")
    op.drop_index("ix_placement_end_date", table_name="placement")
    op.drop_index("ix_placement_child_id", table_name="placement")
    op.drop_table("placement")
    op.drop_index(op.f("ix_offered_syllabus_syllabus_id"), table_name="offered_syllabus")
    op.drop_table("offered_syllabus")
    op.drop_index(op.f("ix_offered_programme_programme_id"), table_name="offered_programme")
    op.drop_table("offered_programme")
    op.drop_index("ix_group_membership_person_id", table_name="group_membership")
    op.drop_table("group_membership")
    op.drop_index("ix_calendar_event_start_time", table_name="calendar_event")
    op.drop_index("ix_calendar_event_school_unit_id", table_name="calendar_event")
    op.drop_index("ix_calendar_event_modified", table_name="calendar_event")
    op.drop_index("ix_calendar_event_activity_id", table_name="calendar_event")
    op.drop_table("calendar_event")
    op.drop_index("ix_attendance_event_time", table_name="attendance_event")
    op.drop_index("ix_attendance_event_school_unit_id", table_name="attendance_event")
    op.drop_index("ix_attendance_event_person_id", table_name="attendance_event")
    op.drop_index("ix_attendance_event_modified", table_name="attendance_event")
    op.drop_index("ix_attendance_event_group_id", table_name="attendance_event")
    op.drop_table("attendance_event")
    op.drop_index("ix_assignment_role_group_id", table_name="assignment_role")
    op.drop_table("assignment_role")
    op.drop_index("ix_activity_teacher_duty_id", table_name="activity_teacher")
    op.drop_table("activity_teacher")
    op.drop_index("ix_activity_group_group_id", table_name="activity_group")
    op.drop_table("activity_group")
    op.drop_index("ix_student_exception_person_id", table_name="student_exception")
    op.drop_table("student_exception")
    op.drop_index("ix_set_aside_row_row", table_name="set_aside_row")
    op.drop_index("ix_set_aside_row_missing_id", table_name="set_aside_row")
    op.drop_table("set_aside_row")
    op.drop_index("ix_school_unit_offering_start_date", table_name="school_unit_offering")
    op.drop_index("ix_school_unit_offering_school_unit_id", table_name="school_unit_offering")
    op.drop_index("ix_school_unit_offering_modified", table_name="school_unit_offering")
    op.drop_index("ix_school_unit_offering_end_date", table_name="school_unit_offering")
    op.drop_table("school_unit_offering")
    op.drop_index("ix_school_group_start_date", table_name="school_group")
    op.drop_index("ix_school_group_sort_name", table_name="school_group")
    op.drop_index("ix_school_group_organisation_id", table_name="school_group")
    op.drop_index("ix_school_group_modified", table_name="school_group")
    op.drop_index("ix_school_group_end_date", table_name="school_group")
    op.drop_table("school_group")
    op.drop_index("ix_room_sort_name", table_name="room")
    op.drop_index("ix_room_owner_id", table_name="room")
    op.drop_index("ix_room_modified", table_name="room")
    op.drop_table("room")
    op.drop_index("ix_responsible_person_id", table_name="responsible")
    op.drop_table("responsible")
    op.drop_index("ix_resource_sort_name", table_name="resource")
    op.drop_index("ix_resource_owner_id", table_name="resource")
    op.drop_index("ix_resource_modified", table_name="resource")
    op.drop_table("resource")
    op.drop_index(op.f("ix_programme_syllabus_syllabus_id"), table_name="programme_syllabus")
    op.drop_table("programme_syllabus")
    op.drop_index("ix_enrolment_school_unit_id", table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_programme_id"), table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_index("ix_duty_start_date", table_name="duty")
    op.drop_index("ix_duty_person_id", table_name="duty")
    op.drop_index("ix_duty_organisation_id", table_name="duty")
    op.drop_index("ix_duty_modified", table_name="duty")
    op.drop_table("duty")
    op.drop_index(op.f("ix_credential_application_id"), table_name="credential")
    op.drop_table("credential")
    op.drop_index(op.f("ix_consumer_grant_application_id"), table_name="consumer_grant")
    op.drop_table("consumer_grant")
    op.drop_index("ix_attendance_student_id", table_name="attendance")
    op.drop_index("ix_attendance_school_unit_id", table_name="attendance")
    op.drop_index("ix_attendance_modified", table_name="attendance")
    op.drop_index("ix_attendance_event_start", table_name="attendance")
    op.drop_index("ix_attendance_calendar_event_id", table_name="attendance")
    op.drop_index("ix_attendance_activity_id", table_name="attendance")
    op.drop_table("attendance")
    op.drop_index(op.f("ix_activity_syllabus_id"), table_name="activity")
    op.drop_index("ix_activity_sort_name", table_name="activity")
    op.drop_index(op.f("ix_activity_parent_activity_id"), table_name="activity")
    op.drop_index("ix_activity_organisation_id", table_name="activity")
    op.drop_index("ix_activity_modified", table_name="activity")
    op.drop_table("activity")
    op.drop_index("ix_absence_student_id", table_name="absence")
    op.drop_index("ix_absence_start_time", table_name="absence")
    op.drop_index("ix_absence_school_unit_id", table_name="absence")
    op.drop_index("ix_absence_registered_by_id", table_name="absence")
    op.drop_index("ix_absence_modified", table_name="absence")
    op.drop_table("absence")
    op.drop_index("ix_syllabus_subject_name_sort", table_name="syllabus")
    op.drop_index("ix_syllabus_subject_designation", table_name="syllabus")
    op.drop_index("ix_syllabus_subject_code", table_name="syllabus")
    op.drop_index("ix_syllabus_modified", table_name="syllabus")
    op.drop_index("ix_syllabus_course_name_sort", table_name="syllabus")
    op.drop_index("ix_syllabus_course_code", table_name="syllabus")
    op.drop_table("syllabus")
    op.drop_index("ix_programme_sort_name", table_name="programme")
    op.drop_index("ix_programme_modified", table_name="programme")
    op.drop_index("ix_programme_code", table_name="programme")
    op.drop_table("programme")
    op.drop_index("ix_person_sort_name", table_name="person")
    op.drop_index(
        "ix_person_search_name",
        table_name="person",
        postgresql_using="gin",
        postgresql_ops={"search_name": "gin_trgm_ops"},
    )
    op.drop_index(
        "ix_person_protected",
        table_name="person",
        postgresql_where=sa.text("security_marking != 'Ingen'"),
    )
    op.drop_index("ix_person_modified", table_name="person")
    op.drop_index("ix_person_given_name_sort", table_name="person")
    op.drop_index("ix_person_family_name_sort", table_name="person")
    op.drop_index(
        "ix_person_external_identifiers",
        table_name="person",
        postgresql_using="gin",
        postgresql_ops={"external_identifiers": "jsonb_path_ops"},
    )
    op.drop_index(
        "ix_person_edu_person_principal_names", table_name="person", postgresql_using="gin"
    )
    op.drop_index("ix_person_civic_no_sort", table_name="person")
    op.drop_index("ix_person_civic_no", table_name="person")
    op.drop_table("person")
    op.drop_index("ix_organisation_sort_name", table_name="organisation")
    op.drop_index(op.f("ix_organisation_school_unit_code"), table_name="organisation")
    op.drop_index(op.f("ix_organisation_parent_id"), table_name="organisation")
    op.drop_index(op.f("ix_organisation_organisation_code"), table_name="organisation")
    op.drop_index("ix_organisation_modified", table_name="organisation")
    op.drop_table("organisation")
    op.drop_index(op.f("ix_import_run_source_id"), table_name="import_run")
    op.drop_table("import_run")
    op.drop_index(op.f("ix_application_consumer_organisation_id"), table_name="application")
    op.drop_table("application")
    op.drop_index(op.f("ix_used_assertion_expires"), table_name="used_assertion")
    op.drop_table("used_assertion")
    op.drop_index("ix_tombstone_deleted", table_name="tombstone")
    op.drop_table("tombstone")
    op.drop_table("source")
    op.drop_table("signing_key")
    op.drop_index(op.f("ix_revoked_token_expires"), table_name="revoked_token")
    op.drop_table("revoked_token")
    op.drop_table("consumer_organisation")
    op.drop_table("change_clock")
    op.drop_index(op.f("ix_audit_record_at"), table_name="audit_record")
    op.drop_table("audit_record")
    op.drop_index("ix_access_record_person_ids", table_name="access_record", postgresql_using="gin")
    op.drop_index("ix_access_record_client_id", table_name="access_record")
    op.drop_table("access_record")
