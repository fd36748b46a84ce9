"""Partitions, the persons' relations, the change clock, and notices between processes.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# School years begin on 1 July, so that no partition boundary falls on a school day.
ENSURE_PARTITIONS = """
CREATE FUNCTION skolnav_ensure_partitions(first_day date, last_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    school_year int;
    parent text;
BEGIN
    FOR school_year IN
        extract(year FROM first_day - interval '6 months')::int
        .. extract(year FROM last_day - interval '6 months')::int
    LOOP
        FOREACH parent IN ARRAY ARRAY['calendar_event', 'student_exception',
            'teacher_exception', 'attendance', 'attendance_event']
        LOOP
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                parent || '_y' || school_year, parent,
                make_timestamptz(school_year, 7, 1, 0, 0, 0, 'Europe/Stockholm'),
                make_timestamptz(school_year + 1, 7, 1, 0, 0, 0, 'Europe/Stockholm'));
        END LOOP;
    END LOOP;
END $$
"""

ENSURE_MONTHS = """
CREATE FUNCTION skolnav_ensure_months(first_day date, last_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    month date;
BEGIN
    FOR month IN SELECT generate_series(date_trunc('month', first_day), last_day, '1 month')
    LOOP
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS %I PARTITION OF access_record FOR VALUES FROM (%L) TO (%L)',
            'access_record_y' || to_char(month, 'YYYY"m"MM'),
            month::timestamp AT TIME ZONE 'Europe/Stockholm',
            (month + interval '1 month')::timestamp AT TIME ZONE 'Europe/Stockholm');
    END LOOP;
END $$
"""

# Why a person may be looked for at an organisation. `child_id` is the child through whom a
# guardian is tied to it: where the child may not be seen, neither may the tie.
PERSON_RELATION = """
CREATE VIEW person_relation
    (person_id, kind, organisation_id, school_type, start_date, end_date, child_id) AS
SELECT person_id, 'enrolment', school_unit_id, school_type, start_date, end_date, NULL::uuid
  FROM enrolment WHERE cancelled IS NOT TRUE
UNION ALL
SELECT person_id, 'duty', organisation_id, NULL, start_date, end_date, NULL
  FROM duty WHERE person_id IS NOT NULL
UNION ALL
SELECT child_id, 'placement.child', school_unit_id, school_type, start_date, end_date, NULL
  FROM placement
UNION ALL
SELECT o.person_id, 'placement.owner', p.school_unit_id, p.school_type, p.start_date, p.end_date,
       p.child_id
  FROM placement_owner o JOIN placement p ON p.id = o.placement_id
UNION ALL
SELECT r.person_id, 'responsibleFor.enrolment', e.school_unit_id, e.school_type, e.start_date,
       e.end_date, r.child_id
  FROM responsible r JOIN enrolment e ON e.person_id = r.child_id
 WHERE r.person_id IS NOT NULL AND e.cancelled IS NOT TRUE
UNION ALL
SELECT r.person_id, 'responsibleFor.placement', p.school_unit_id, p.school_type, p.start_date,
       p.end_date, r.child_id
  FROM responsible r JOIN placement p ON p.child_id = r.child_id
 WHERE r.person_id IS NOT NULL
UNION ALL
SELECT m.person_id, 'groupMembership', g.organisation_id, g.school_type,
       coalesce(m.start_date, g.start_date), coalesce(m.end_date, g.end_date), NULL
  FROM group_membership m JOIN school_group g ON g.id = m.group_id
"""

NOTIFY_FUNCTIONS = """
CREATE FUNCTION skolnav_notify_table() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('skolnav', TG_TABLE_NAME);
    RETURN NULL;
END $$;
CREATE FUNCTION skolnav_notify_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('skolnav', 'client:' || coalesce(NEW.client_id, OLD.client_id));
    RETURN NULL;
END $$;
CREATE FUNCTION skolnav_notify_of_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('skolnav', 'client:' || client_id) FROM application
     WHERE id IN (NEW.application_id, OLD.application_id);
    RETURN NULL;
END $$;
CREATE FUNCTION skolnav_notify_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('skolnav', 'token:' || NEW.jti);
    RETURN NULL;
END $$;
CREATE FUNCTION skolnav_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted one by one', TG_TABLE_NAME;
END $$
"""

TRIGGERS = """
CREATE TRIGGER notify AFTER INSERT OR UPDATE OR DELETE ON application
    FOR EACH ROW EXECUTE FUNCTION skolnav_notify_application();
CREATE TRIGGER notify AFTER INSERT OR UPDATE OR DELETE ON consumer_grant
    FOR EACH ROW EXECUTE FUNCTION skolnav_notify_of_application();
CREATE TRIGGER notify AFTER INSERT OR DELETE OR UPDATE OF revoked_at, expires ON credential
    FOR EACH ROW EXECUTE FUNCTION skolnav_notify_of_application();
CREATE TRIGGER notify AFTER INSERT ON revoked_token
    FOR EACH ROW EXECUTE FUNCTION skolnav_notify_revoked();
CREATE TRIGGER notify AFTER INSERT OR UPDATE OR DELETE ON organisation
    FOR EACH STATEMENT EXECUTE FUNCTION skolnav_notify_table();
CREATE TRIGGER notify AFTER INSERT OR UPDATE OR DELETE ON signing_key
    FOR EACH STATEMENT EXECUTE FUNCTION skolnav_notify_table();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON access_record
    FOR EACH ROW EXECUTE FUNCTION skolnav_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_record
    FOR EACH ROW EXECUTE FUNCTION skolnav_append_only()
"""


def upgrade() -> None:
    op.execute(ENSURE_PARTITIONS)
    op.execute(ENSURE_MONTHS)
    op.execute(PERSON_RELATION)
    for statements in (NOTIFY_FUNCTIONS, TRIGGERS):
        op.execute(statements)
    op.execute("INSERT INTO change_clock (id, stamp) VALUES (1, clock_timestamp())")


def downgrade() -> None:
    op.execute("DROP VIEW person_relation")
    for table in ("application", "consumer_grant", "credential", "revoked_token", "organisation",
                  "signing_key"):  # fmt: skip
        op.execute(f"DROP TRIGGER notify ON {table}")
    for table in ("access_record", "audit_record"):
        op.execute(f"DROP TRIGGER append_only ON {table}")
    for name in ("notify_table", "notify_application", "notify_of_application", "notify_revoked",
                 "append_only"):  # fmt: skip
        op.execute(f"DROP FUNCTION skolnav_{name}()")
    op.execute("DROP FUNCTION skolnav_ensure_partitions(date, date)")
    op.execute("DROP FUNCTION skolnav_ensure_months(date, date)")
    op.execute("DELETE FROM change_clock")
