"""What writing needs: idempotency keys, and the reports of absences with their deliveries.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Moment = sa.DateTime(timezone=True)
# What answers about absence reports are made of, besides tables that are counted already.
COUNTED = ("absence_delivery", "absence_report", "source")
# As in 0003, for what that migration could not know: a marking moves the person's reports too.
MARKING_MOVES_REPORTS = """
CREATE FUNCTION skolnav_marking_moves_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE absence_report SET modified = NEW.at
     WHERE student_id = NEW.person_id OR registered_by_id = NEW.person_id;
    RETURN NULL;
END $$;
CREATE TRIGGER moves_reports AFTER INSERT ON marking_change
    FOR EACH ROW EXECUTE FUNCTION skolnav_marking_moves_reports()
"""


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column(
            "headers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("person_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("field_groups", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("client_id", "key", name="pk_idempotency_key"),
    )
    op.create_index("ix_idempotency_key_created", "idempotency_key", ["created"])
    op.add_column(
        "source",
        sa.Column("takes_absences", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("source", "takes_absences", server_default=None)
    op.add_column("application", sa.Column("acts_for_source", sa.String(), nullable=True))
    op.create_table(
        "absence_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("modified", Moment, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason_category", sa.String(), nullable=True),
        sa.Column("start_time", Moment, nullable=False),
        sa.Column("end_time", Moment, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("school_unit_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by_id", sa.Uuid(), nullable=True),
        sa.Column("reported_through", sa.String(), nullable=False),
        sa.Column("withdrawn_at", Moment, nullable=True),
        sa.Column("withdrawn_through", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["student_id"], ["person.id"], name="fk_absence_report_student_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["school_unit_id"], ["organisation.id"], name="fk_absence_report_school_unit_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["person.id"], name="fk_absence_report_registered_by_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_absence_report"),
    )  # fmt: skip
    for name, columns in (
        ("modified", ["modified", "id"]),
        ("student_id", ["student_id", "id"]),
        ("school_unit_id", ["school_unit_id", "modified", "id"]),
        ("registered_by_id", ["registered_by_id"]),
    ):
        op.create_index(f"ix_absence_report_{name}", "absence_report", columns)
    op.create_table(
        "absence_delivery",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("changed", Moment, nullable=False),
        sa.Column("message", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["absence_report.id"], name="fk_absence_delivery_report_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_absence_delivery_source_id"),
        sa.PrimaryKeyConstraint("report_id", "source_id", name="pk_absence_delivery"),
    )  # fmt: skip
    op.create_index(
        "ix_absence_delivery_source_id", "absence_delivery", ["source_id", "state", "report_id"]
    )
    for table in COUNTED:
        op.execute(
            f"CREATE TRIGGER count_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION skolnav_count_version()"
        )
    versions = sa.table("table_version", sa.column("name"), sa.column("version"))
    op.bulk_insert(versions, [{"name": table, "version": 1} for table in COUNTED])
    op.execute(MARKING_MOVES_REPORTS)


def downgrade() -> None:
    op.execute("DROP TRIGGER moves_reports ON marking_change")
    op.execute("DROP FUNCTION skolnav_marking_moves_reports()")
    op.execute("DROP TRIGGER count_version ON source")
    names = ", ".join(f"'{table}'" for table in COUNTED)
    op.execute(f"DELETE FROM table_version WHERE name IN ({names})")  # noqa: S608 - our own names
    op.drop_table("absence_delivery")
    op.drop_table("absence_report")
    op.drop_column("application", "acts_for_source")
    op.drop_column("source", "takes_absences")
    op.drop_table("idempotency_key")
