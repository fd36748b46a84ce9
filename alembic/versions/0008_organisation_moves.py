"""Where an organisation stood in the tree before it moved.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The stamp is the change's own, or a new one when the writer took none.
MOVED = """
CREATE FUNCTION skolnav_organisation_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stamp_now timestamptz := NEW.modified;
BEGIN
    IF stamp_now = OLD.modified THEN
        UPDATE change_clock
           SET stamp = greatest(clock_timestamp(), stamp + interval '1 microsecond')
        RETURNING stamp INTO stamp_now;
        UPDATE organisation SET modified = stamp_now WHERE id = NEW.id;
    END IF;
    INSERT INTO organisation_move (organisation_id, at, from_parent_id)
    VALUES (NEW.id, stamp_now, OLD.parent_id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER organisation_moved AFTER UPDATE OF parent_id ON organisation FOR EACH ROW
    WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id)
    EXECUTE FUNCTION skolnav_organisation_moved()
"""


def upgrade() -> None:
    op.create_table(
        "organisation_move",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_parent_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_organisation_move_organisation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "at", name="pk_organisation_move"),
    )
    op.create_index("ix_organisation_move_at", "organisation_move", ["at"])
    op.execute(MOVED)


def downgrade() -> None:
    op.execute("DROP TRIGGER organisation_moved ON organisation")
    op.execute("DROP FUNCTION skolnav_organisation_moved()")
    op.drop_table("organisation_move")
