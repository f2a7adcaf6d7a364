"""Notes and tasks with their click, files of mails, permissions at a CRM, the outbox and its workers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_setup",
        sa.Column("viewer", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("viewer", "what", name="pk_known_setup"),
    )
    op.create_table(
        "worker",
        sa.Column("executor_id", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_worker"),
    )
    op.create_table(
        "crm_consent",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_crm_consent_person_id"),
        sa.PrimaryKeyConstraint("state_hash", name="pk_crm_consent"),
    )
    op.create_index("ix_crm_consent_expires_at", "crm_consent", ["expires_at"], unique=False)

    op.create_table(
        "crm_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("org_name", sa.String(), nullable=False),
        sa.Column("org_domain", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("user_email", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("api", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=False),
        sa.Column("access_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewing", sa.String(), nullable=False),
        sa.Column("renewing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_crm_grant_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_crm_grant"),
        sa.UniqueConstraint("person_id", "kind", "org_id", name="uq_crm_grant_org_id"),
    )
    op.create_table(
        "outbox_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("work", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("message_key", sa.String(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("attempt", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("ref_kind", sa.String(), nullable=False),
        sa.Column("ref_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_outbox_item_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_item"),
        sa.UniqueConstraint("org", "key", name="uq_outbox_item_key"),
    )
    op.create_index("ix_outbox_item_due", "outbox_item", ["state", "due_at"], unique=False)
    op.create_index("ix_outbox_item_lane", "outbox_item", ["org", "lane", "id"], unique=False)
    op.create_index("ix_outbox_item_person", "outbox_item", ["org", "person_id", "seen", "id"], unique=False)

    # Promises without an errand: whoever made them presses once more. Putting a mail on a record twice does no harm.
    op.execute("DELETE FROM mail_link WHERE state <> 'done'")
    with op.batch_alter_table("mail_link", schema=None) as batch_op:
        batch_op.drop_column("attempt")
        batch_op.drop_column("tried_at")
    # Claims of a minute ago at most: nothing is lost with them.
    op.drop_table("add_claim")
    op.create_table(
        "add_claim",
        sa.Column("org", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("org", "address", name="pk_add_claim"),
    )
    op.create_index("ix_add_claim_key", "add_claim", ["key"], unique=False)

    op.create_table(
        "outbox_file",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mime_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["outbox_item.id"], name="fk_outbox_file_item_id"),
        sa.PrimaryKeyConstraint("item_id", "place", name="pk_outbox_file"),
    )
    op.create_table(
        "embedded_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("create_key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["embedded_org.id"], name="fk_embedded_task_org_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["embedded_user.id"], name="fk_embedded_task_owner_id"),
        sa.ForeignKeyConstraint(["record_id"], ["embedded_record.id"], name="fk_embedded_task_record_id"),
        sa.PrimaryKeyConstraint("id", name="pk_embedded_task"),
        sa.UniqueConstraint("org_id", "create_key", name="uq_embedded_task_create_key"),
    )
    op.create_index("ix_embedded_task_record_id", "embedded_task", ["record_id"], unique=False)

    op.create_table(
        "embedded_file",
        sa.Column("email_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["email_id"], ["embedded_email.id"], name="fk_embedded_file_email_id"),
        sa.PrimaryKeyConstraint("email_id", "place", name="pk_embedded_file"),
    )
    with op.batch_alter_table("embedded_note", schema=None) as batch_op:
        batch_op.add_column(sa.Column("create_key", sa.String(), nullable=True))
        batch_op.create_unique_constraint("uq_embedded_note_create_key", ["org_id", "create_key"])


def downgrade() -> None:
    with op.batch_alter_table("embedded_note", schema=None) as batch_op:
        batch_op.drop_constraint("uq_embedded_note_create_key", type_="unique")
        batch_op.drop_column("create_key")

    op.drop_table("embedded_file")
    op.drop_index("ix_embedded_task_record_id", "embedded_task")

    op.drop_table("embedded_task")
    op.drop_table("outbox_file")
    op.drop_index("ix_add_claim_key", "add_claim")

    op.drop_table("add_claim")
    op.create_table(
        "add_claim",
        sa.Column("org", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("attempt", sa.String(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("record_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("org", "address", name="pk_add_claim"),
    )
    with op.batch_alter_table("mail_link", schema=None) as batch_op:
        batch_op.add_column(sa.Column("attempt", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False, server_default="1970-01-01 00:00:00+00:00"))
    op.drop_index("ix_outbox_item_person", "outbox_item")
    op.drop_index("ix_outbox_item_lane", "outbox_item")
    op.drop_index("ix_outbox_item_due", "outbox_item")

    op.drop_table("outbox_item")
    op.drop_table("crm_grant")
    op.drop_index("ix_crm_consent_expires_at", "crm_consent")

    op.drop_table("crm_consent")
    op.drop_table("worker")
    op.drop_table("known_setup")
