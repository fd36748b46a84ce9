"""A membership's period is its own: one without dates is not given its group's.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As 0002 has it, but for where a membership's period is taken from.
PERSON_RELATION = """
CREATE OR REPLACE VIEW person_relation
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
SELECT m.person_id, 'groupMembership', g.organisation_id, g.school_type, {start}, {end}, NULL
  FROM group_membership m JOIN school_group g ON g.id = m.group_id
"""


def upgrade() -> None:
    op.execute(PERSON_RELATION.format(start="m.start_date", end="m.end_date"))


def downgrade() -> None:
    op.execute(
        PERSON_RELATION.format(
            start="coalesce(m.start_date, g.start_date)", end="coalesce(m.end_date, g.end_date)"
        )
    )
