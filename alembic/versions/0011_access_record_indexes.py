"""The access log indexes what is asked of it, and no more: every answer pays for it.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INDEX = "ix_access_record_person_ids"


def upgrade() -> None:
    op.drop_index("ix_access_record_client_id", table_name="access_record")
    op.drop_index(INDEX, table_name="access_record")
    op.create_index(
        INDEX, "access_record", ["person_ids"], postgresql_using="gin",
        postgresql_where=sa.text("person_ids IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index(INDEX, table_name="access_record")
    op.create_index(INDEX, "access_record", ["person_ids"], postgresql_using="gin")
    op.create_index("ix_access_record_client_id", "access_record", ["client_id", "at"])
