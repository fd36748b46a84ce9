"""What is known of changes besides the rows: table versions, marking changes, who saw the deleted.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Every table that answers are made of.
SCHOOL_TABLES = (
    "absence", "activity", "activity_group", "activity_teacher", "assignment_role", "attendance",
    "attendance_event", "attendance_schedule", "attendance_schedule_state", "calendar_event",
    "duty", "enrolment", "group_membership", "offered_programme", "offered_syllabus",
    "organisation", "person", "placement", "placement_owner", "programme", "programme_syllabus",
    "resource", "responsible", "room", "school_group", "school_unit_offering",
    "student_exception", "syllabus", "teacher_exception",
)  # fmt: skip

COUNT_VERSION = """
CREATE FUNCTION skolnav_count_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE table_version SET version = version + 1 WHERE name = TG_TABLE_NAME;
    RETURN NULL;
END $$
"""

# A person comes under protected identity, or out of it. What others see of everything about the
# person changes, and so its `modified` does: otherwise who polls would keep what it may no longer
# hold, or never meet what it now may. Who is reached through a child only (a guardian) appears
# and disappears with the child.
MARKING_CHANGED = """
CREATE FUNCTION skolnav_marking_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stamp_now timestamptz := NEW.modified;
    placements uuid[] := ARRAY(SELECT id FROM placement WHERE child_id = NEW.id);
    held uuid[] := ARRAY(SELECT id FROM duty WHERE person_id = NEW.id);
BEGIN
    IF stamp_now = OLD.modified THEN
        UPDATE change_clock
           SET stamp = greatest(clock_timestamp(), stamp + interval '1 microsecond')
        RETURNING stamp INTO stamp_now;
        UPDATE person SET modified = stamp_now WHERE id = NEW.id;
    END IF;
    INSERT INTO marking_change (person_id, at, is_protected)
    VALUES (NEW.id, stamp_now, NEW.security_marking <> 'Ingen');
    UPDATE person SET modified = stamp_now WHERE id IN (
        SELECT child_id FROM responsible WHERE person_id = NEW.id
        UNION SELECT person_id FROM responsible WHERE child_id = NEW.id
        UNION SELECT person_id FROM placement_owner WHERE placement_id = ANY(placements));
    UPDATE placement SET modified = stamp_now WHERE id = ANY(placements)
        OR id IN (SELECT placement_id FROM placement_owner WHERE person_id = NEW.id);
    UPDATE attendance_schedule SET modified = stamp_now WHERE placement_id = ANY(placements)
        OR id IN (SELECT attendance_schedule_id FROM attendance_schedule_state
                   WHERE registered_by_id = NEW.id);
    UPDATE duty SET modified = stamp_now WHERE id = ANY(held);
    UPDATE school_group SET modified = stamp_now WHERE id IN (
        SELECT group_id FROM group_membership WHERE person_id = NEW.id
        UNION SELECT group_id FROM assignment_role WHERE duty_id = ANY(held));
    UPDATE activity SET modified = stamp_now WHERE id IN (
        SELECT activity_id FROM activity_teacher WHERE duty_id = ANY(held));
    UPDATE calendar_event SET modified = stamp_now WHERE (id, start_time) IN (
        SELECT event_id, event_start FROM student_exception WHERE person_id = NEW.id
        UNION SELECT event_id, event_start FROM teacher_exception WHERE duty_id = ANY(held));
    UPDATE absence SET modified = stamp_now
     WHERE student_id = NEW.id OR registered_by_id = NEW.id;
    UPDATE attendance SET modified = stamp_now WHERE student_id = NEW.id;
    UPDATE attendance_event SET modified = stamp_now WHERE person_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER marking_changed AFTER UPDATE OF security_marking ON person FOR EACH ROW
    WHEN ((OLD.security_marking <> 'Ingen') <> (NEW.security_marking <> 'Ingen'))
    EXECUTE FUNCTION skolnav_marking_changed()
"""


def upgrade() -> None:
    versions = op.create_table(
        "table_version",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_table_version"),
        # Written by every change: room for the next version of a row on its own page.
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "marking_change",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_protected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_marking_change_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "at", name="pk_marking_change"),
    )
    op.create_index("ix_marking_change_at", "marking_change", ["at", "person_id"])
    op.drop_column("tombstone", "school_unit_id")
    op.add_column(
        "tombstone",
        sa.Column("seen_by", ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )
    op.alter_column("tombstone", "seen_by", server_default=None)
    op.execute(COUNT_VERSION)
    for table in SCHOOL_TABLES:
        op.execute(
            f"CREATE TRIGGER count_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION skolnav_count_version()"
        )
    op.bulk_insert(versions, [{"name": table, "version": 1} for table in SCHOOL_TABLES])
    op.execute(MARKING_CHANGED)


def downgrade() -> None:
    op.execute("DROP TRIGGER marking_changed ON person")
    op.execute("DROP FUNCTION skolnav_marking_changed()")
    for table in SCHOOL_TABLES:
        op.execute(f"DROP TRIGGER count_version ON {table}")
    op.execute("DROP FUNCTION skolnav_count_version()")
    op.drop_column("tombstone", "seen_by")
    op.add_column("tombstone", sa.Column("school_unit_id", sa.Uuid(), nullable=True))
    op.drop_table("marking_change")
    op.drop_table("table_version")
