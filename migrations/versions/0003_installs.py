"""Installs, policies, who is who, administrators, the audit log, erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("subject_hash", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_index("ix_erasure_due_at", "erasure", ["due_at"], unique=False)
    op.create_index("ix_erasure_subject_hash", "erasure", ["subject_hash"], unique=False)
    op.create_index("ix_erasure_workspace_id", "erasure", ["workspace_id"], unique=False)

    op.create_table(
        "tombstone",
        sa.Column("subject_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_hash", name="pk_tombstone"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_audit_entry_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_workspace", "audit_entry", ["workspace_id", "id"], unique=False)

    op.create_table(
        "domain_install",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erase_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_domain_install_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_domain_install"),
    )
    op.create_index("ix_domain_install_checked_at", "domain_install", ["checked_at"], unique=False)
    op.create_index("ix_domain_install_erase_at", "domain_install", ["erase_at"], unique=False)

    op.create_table(
        "policy",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_policy_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_policy"),
    )
    op.create_table(
        "roster",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("org_unit", sa.String(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("crm_user_id", sa.String(), nullable=True),
        sa.Column("crm_user_name", sa.String(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_roster_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "email", name="pk_roster"),
    )
    op.create_table(
        "administrator",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_administrator_person_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_administrator_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "person_id", name="pk_administrator"),
    )
    op.create_table(
        "individual_install",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("crm_user_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erase_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_individual_install_person_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_individual_install_workspace_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_individual_install"),
        sa.UniqueConstraint("workspace_id", name="uq_individual_install_workspace_id"),
    )
    op.create_index("ix_individual_install_checked_at", "individual_install", ["checked_at"], unique=False)
    op.create_index("ix_individual_install_erase_at", "individual_install", ["erase_at"], unique=False)

    op.add_column("crm_connection", sa.Column("shared_grant_id", sa.Integer(), nullable=True))
    op.add_column("person", sa.Column("covered", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("person", sa.Column("licence_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("mail_link", schema=None) as batch_op:
        batch_op.alter_column("person_id", existing_type=sa.Integer(), nullable=True)

    # Companies of before were let in by the operator's settings.
    op.execute(
        "INSERT INTO domain_install (workspace_id, source, state, installed_at, checked_at) "
        "SELECT id, 'operator', 'active', created_at, created_at FROM workspace"
    )


def downgrade() -> None:
    op.execute("DELETE FROM mail_link WHERE person_id IS NULL")
    with op.batch_alter_table("mail_link", schema=None) as batch_op:
        batch_op.alter_column("person_id", existing_type=sa.Integer(), nullable=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("licence_at")
        batch_op.drop_column("covered")

    with op.batch_alter_table("crm_connection", schema=None) as batch_op:
        batch_op.drop_column("shared_grant_id")

    op.drop_index("ix_individual_install_erase_at", "individual_install")
    op.drop_index("ix_individual_install_checked_at", "individual_install")

    op.drop_table("individual_install")
    op.drop_table("administrator")
    op.drop_table("roster")
    op.drop_table("policy")
    op.drop_index("ix_domain_install_erase_at", "domain_install")
    op.drop_index("ix_domain_install_checked_at", "domain_install")

    op.drop_table("domain_install")
    op.drop_index("ix_audit_entry_workspace", "audit_entry")

    op.drop_table("audit_entry")
    op.drop_table("tombstone")
    op.drop_index("ix_erasure_workspace_id", "erasure")
    op.drop_index("ix_erasure_subject_hash", "erasure")
    op.drop_index("ix_erasure_due_at", "erasure")

    op.drop_table("erasure")
