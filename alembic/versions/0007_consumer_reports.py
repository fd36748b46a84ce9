"""What consumers report back, and until when retention has removed what.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "log_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("received", TIMESTAMP, nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("message_type", sa.String(), nullable=True),
        sa.Column("resource_type", sa.String(), nullable=True),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column("resource_url", sa.String(), nullable=True),
        sa.Column("severity_level", sa.String(), nullable=False),
        sa.Column("time_of_occurance", TIMESTAMP, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_log_entry"),
    )
    op.create_table(
        "statistics_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("received", TIMESTAMP, nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=False),
        sa.Column("new_count", sa.BigInteger(), nullable=False),
        sa.Column("updated_count", sa.BigInteger(), nullable=False),
        sa.Column("deleted_count", sa.BigInteger(), nullable=False),
        sa.Column("resource_url", sa.String(), nullable=True),
        sa.Column("time_of_occurance", TIMESTAMP, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_statistics_entry"),
    )
    for table in ("log_entry", "statistics_entry"):
        op.create_index(f"ix_{table}_received", table, ["received", "id"])
        op.create_index(f"ix_{table}_client_id", table, ["client_id", "received", "id"])
    op.create_table(
        "report_count",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="pk_report_count"),
    )
    op.create_table(
        "forgotten",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("until", TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("what", name="pk_forgotten"),
    )


def downgrade() -> None:
    for table in ("log_entry", "statistics_entry", "report_count", "forgotten"):
        op.drop_table(table)
