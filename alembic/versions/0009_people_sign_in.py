"""People sign in: sessions, what they allowed to which app, codes and refresh tokens.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)
TEXTS, UUIDS = sa.ARRAY(sa.Text()), sa.ARRAY(sa.Uuid())
TABLES = ("calendar_feed", "refresh_token", "authorization_code", "token_family", "pushed_request",
          "consent", "user_session")  # fmt: skip


def _cascading(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )


def upgrade() -> None:
    op.add_column(
        "application", sa.Column("redirect_uris", TEXTS, nullable=False, server_default="{}")
    )
    for flag in ("requires_par", "requires_dpop"):
        op.add_column(
            "application",
            sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.text("false")),
        )
    _sessions()
    _consents()
    _codes()
    _refresh_tokens()
    _feeds()
    # What a day's answer says of a source changes with its runs.
    op.execute(
        "CREATE TRIGGER count_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON import_run "
        "FOR EACH STATEMENT EXECUTE FUNCTION skolnav_count_version()"
    )
    op.execute("INSERT INTO table_version (name, version) VALUES ('import_run', 0)")


def _sessions() -> None:
    op.create_table(
        "user_session",
        sa.Column("session_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sid", sa.String(), nullable=True),
        sa.Column("acr", sa.String(), nullable=True),
        sa.Column("signed_in", TIMESTAMP, nullable=False),
        sa.Column("expires", TIMESTAMP, nullable=False),
        _cascading("user_session", "person_id", "person"),
        sa.PrimaryKeyConstraint("session_hash", name="pk_user_session"),
    )
    op.create_index("ix_user_session_person_id", "user_session", ["person_id"])
    op.create_index("ix_user_session_issuer", "user_session", ["issuer", "subject"])
    op.create_index("ix_user_session_expires", "user_session", ["expires"])


def _consents() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", TEXTS, nullable=False),
        sa.Column("child_ids", UUIDS, nullable=False),
        sa.Column("created", TIMESTAMP, nullable=False),
        sa.Column("last_used", TIMESTAMP, nullable=True),
        sa.Column("revoked_at", TIMESTAMP, nullable=True),
        _cascading("consent", "application_id", "application"),
        _cascading("consent", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_person_id", "consent", ["person_id"])
    op.create_index(
        "uq_consent_living", "consent", ["application_id", "person_id"], unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "pushed_request",
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("parameters", sa.dialects.postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("expires", TIMESTAMP, nullable=False),
        _cascading("pushed_request", "application_id", "application"),
        sa.PrimaryKeyConstraint("request_hash", name="pk_pushed_request"),
    )
    op.create_index("ix_pushed_request_application_id", "pushed_request", ["application_id"])
    op.create_index("ix_pushed_request_expires", "pushed_request", ["expires"])


def _codes() -> None:
    op.create_table(
        "token_family",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", TEXTS, nullable=False),
        sa.Column("jkt", sa.String(), nullable=True),
        sa.Column("created", TIMESTAMP, nullable=False),
        sa.Column("expires", TIMESTAMP, nullable=False),
        sa.Column("revoked_at", TIMESTAMP, nullable=True),
        _cascading("token_family", "consent_id", "consent"),
        sa.PrimaryKeyConstraint("id", name="pk_token_family"),
    )
    op.create_index("ix_token_family_consent_id", "token_family", ["consent_id"])
    op.create_index("ix_token_family_expires", "token_family", ["expires"])
    op.create_table(
        "authorization_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("code_challenge", sa.String(), nullable=False),
        sa.Column("expires", TIMESTAMP, nullable=False),
        sa.Column("used_at", TIMESTAMP, nullable=True),
        _cascading("authorization_code", "family_id", "token_family"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_authorization_code"),
    )
    op.create_index("ix_authorization_code_family_id", "authorization_code", ["family_id"])


def _refresh_tokens() -> None:
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("created", TIMESTAMP, nullable=False),
        sa.Column("expires", TIMESTAMP, nullable=False),
        sa.Column("used_at", TIMESTAMP, nullable=True),
        _cascading("refresh_token", "family_id", "token_family"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_refresh_token"),
    )
    op.create_index("ix_refresh_token_family_id", "refresh_token", ["family_id"])


def _feeds() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("created", TIMESTAMP, nullable=False),
        sa.Column("last_used", TIMESTAMP, nullable=True),
        sa.Column("revoked_at", TIMESTAMP, nullable=True),
        _cascading("calendar_feed", "consent_id", "consent"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feed"),
        sa.UniqueConstraint("secret_hash", name="uq_calendar_feed_secret_hash"),
    )
    op.create_index("ix_calendar_feed_consent_id", "calendar_feed", ["consent_id"])


def downgrade() -> None:
    op.execute("DROP TRIGGER count_version ON import_run")
    op.execute("DELETE FROM table_version WHERE name = 'import_run'")
    for table in TABLES:
        op.drop_table(table)
    for column in ("redirect_uris", "requires_par", "requires_dpop"):
        op.drop_column("application", column)
