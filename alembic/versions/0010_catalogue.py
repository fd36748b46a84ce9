"""The service catalogue.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)
CURRENT = sa.text("published IS NOT NULL AND ended IS NULL")


def upgrade() -> None:
    # Trusted since PostgreSQL 13: whoever may create in the database may add it.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "catalogue_record",
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("created", TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("section", "id", name="pk_catalogue_record"),
        sa.UniqueConstraint("uuid", name="uq_catalogue_record_uuid"),
    )
    _versions()
    op.create_table(
        "catalogue_words",
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("names", sa.String(), nullable=False),
        sa.Column("words", TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("section", "id", name="pk_catalogue_words"),
    )
    op.create_index(
        "ix_catalogue_words_words", "catalogue_words", ["words"], postgresql_using="gin"
    )
    op.create_index(
        "ix_catalogue_words_names", "catalogue_words", ["names"], postgresql_using="gin",
        postgresql_ops={"names": "gin_trgm_ops"},
    )  # fmt: skip


def _versions() -> None:
    op.create_table(
        "catalogue_version",
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", JSONB(), nullable=False),
        sa.Column("derived", JSONB(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
        sa.Column("saved", TIMESTAMP, nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("published", TIMESTAMP, nullable=True),
        sa.Column("published_by", sa.String(), nullable=True),
        sa.Column("ended", TIMESTAMP, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["section", "id"], ["catalogue_record.section", "catalogue_record.id"],
            name="fk_catalogue_version_section_id",
        ),
        sa.CheckConstraint("ended >= published", name="ck_catalogue_version_ended"),
        sa.PrimaryKeyConstraint("section", "id", "version", name="pk_catalogue_version"),
    )  # fmt: skip
    op.create_index(
        "uq_catalogue_version_current", "catalogue_version", ["section", "id"], unique=True,
        postgresql_where=CURRENT,
    )  # fmt: skip
    op.create_index(
        "ix_catalogue_version_document", "catalogue_version", ["document"], postgresql_using="gin",
        postgresql_ops={"document": "jsonb_path_ops"}, postgresql_where=CURRENT,
    )  # fmt: skip
    for column in ("published", "ended"):
        op.create_index(f"ix_catalogue_version_{column}", "catalogue_version", [column])


def downgrade() -> None:
    for table in ("catalogue_words", "catalogue_version", "catalogue_record"):
        op.drop_table(table)
