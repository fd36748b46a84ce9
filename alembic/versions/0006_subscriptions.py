"""Subscriptions, and the notice that wakes their workers.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Every statement that writes to a table of school data counts its version (0003), so that this
# one trigger hears of all of them. PostgreSQL sends equal notices of a transaction once.
NOTIFY_CHANGED = """
CREATE FUNCTION skolnav_notify_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('skolnav_changed', NEW.name);
    RETURN NULL;
END $$;
CREATE TRIGGER notify_changed AFTER UPDATE ON table_version
    FOR EACH ROW EXECUTE FUNCTION skolnav_notify_changed()
"""


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("resource_types", ARRAY(sa.Text()), nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.Column("expires", moment, nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("former_secret_until", moment, nullable=True),
        sa.Column("told_until", moment, nullable=False),
        sa.Column("told_rights", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", moment, nullable=True),
        sa.Column("notice_id", sa.String(), nullable=True),
        sa.Column("notice_types", ARRAY(sa.Text()), nullable=True),
        sa.Column("notice_deletions", sa.Boolean(), nullable=True),
        sa.Column("notice_until", moment, nullable=True),
        sa.Column("notice_rights", sa.LargeBinary(), nullable=True),
        sa.Column("notice_begun", moment, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", moment, nullable=True),
        sa.Column("last_tried", moment, nullable=True),
        sa.Column("last_answer", sa.String(), nullable=True),
        sa.Column("last_told", moment, nullable=True),
        sa.Column("parked_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"],
            name="fk_subscription_application_id", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_subscription"),
        # Written several times a minute. With room on its page, and no index on what is written,
        # a row's next version costs no more than its bytes; that the queue is then read whole
        # does not matter, because it is never longer than there are subscriptions.
        postgresql_with={"fillfactor": "50"},
    )  # fmt: skip
    op.create_index("ix_subscription_application_id", "subscription", ["application_id"])
    op.execute(NOTIFY_CHANGED)


def downgrade() -> None:
    op.execute("DROP TRIGGER notify_changed ON table_version")
    op.execute("DROP FUNCTION skolnav_notify_changed()")
    op.drop_table("subscription")
