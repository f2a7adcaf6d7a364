"""SalesInbox: mailboxes, folders, mails, what is sent."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_address",
        sa.Column("org", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("org", "kind", "record_id", "address_key", name="pk_record_address"),
    )
    op.create_index("ix_record_address_key", "record_address", ["org", "address_key"], unique=False)

    op.create_table(
        "mail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snippet", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_mail_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mail"),
        sa.UniqueConstraint("key", "workspace_id", name="uq_mail_key_workspace_id"),
    )
    op.create_index("ix_mail_message_id", "mail", ["workspace_id", "message_id"], unique=False)

    op.create_table(
        "mail_file",
        sa.Column("mail_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mime_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name="fk_mail_file_mail_id"),
        sa.PrimaryKeyConstraint("mail_id", "place", name="pk_mail_file"),
    )
    op.create_table(
        "mail_text",
        sa.Column("mail_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name="fk_mail_text_mail_id"),
        sa.PrimaryKeyConstraint("mail_id", name="pk_mail_text"),
    )
    op.create_table(
        "mailbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("sign_in", sa.String(), nullable=False),
        sa.Column("imap_host", sa.String(), nullable=False),
        sa.Column("imap_port", sa.Integer(), nullable=False),
        sa.Column("imap_security", sa.String(), nullable=False),
        sa.Column("imap_user", sa.String(), nullable=False),
        sa.Column("smtp_host", sa.String(), nullable=False),
        sa.Column("smtp_port", sa.Integer(), nullable=False),
        sa.Column("smtp_security", sa.String(), nullable=False),
        sa.Column("smtp_user", sa.String(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("cause_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirming_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("synchroniser", sa.String(), nullable=False),
        sa.Column("barred", sa.Boolean(), nullable=False),
        sa.Column("watcher", sa.String(), nullable=False),
        sa.Column("watched_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("watch_mark", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_mailbox_person_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_mailbox_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mailbox"),
        sa.UniqueConstraint("person_id", "address", name="uq_mailbox_person_id_address"),
    )
    op.create_index("ix_mailbox_due_at", "mailbox", ["due_at"], unique=False)
    op.create_index("ix_mailbox_person_id", "mailbox", ["person_id"], unique=False)
    op.create_index("ix_mailbox_workspace_id", "mailbox", ["workspace_id"], unique=False)

    op.create_table(
        "from_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name="fk_from_address_mailbox_id"),
        sa.PrimaryKeyConstraint("id", name="pk_from_address"),
        sa.UniqueConstraint("mailbox_id", "address", name="uq_from_address_mailbox_id_address"),
    )
    op.create_table(
        "mail_copy",
        sa.Column("mail_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outgoing", sa.Boolean(), nullable=False),
        sa.Column("gmail_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name="fk_mail_copy_mail_id"),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name="fk_mail_copy_mailbox_id"),
        sa.PrimaryKeyConstraint("mail_id", "mailbox_id", name="pk_mail_copy"),
    )
    op.create_index("ix_mail_copy_gmail", "mail_copy", ["mailbox_id", "gmail_id"], unique=False)
    op.create_index("ix_mail_copy_newest", "mail_copy", ["mailbox_id", "at", "mail_id"], unique=False)

    op.create_table(
        "mail_folder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("next_uid", sa.BigInteger(), nullable=False),
        sa.Column("low_uid", sa.BigInteger(), nullable=False),
        sa.Column("modseq", sa.BigInteger(), nullable=False),
        sa.Column("unseen", sa.Integer(), nullable=False),
        sa.Column("on_server", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("cause_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name="fk_mail_folder_mailbox_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_folder"),
        sa.UniqueConstraint("mailbox_id", "name", name="uq_mail_folder_mailbox_id_name"),
    )
    op.create_table(
        "mail_person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mail_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name="fk_mail_person_mail_id"),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name="fk_mail_person_mailbox_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_person"),
    )
    op.create_index("ix_mail_person_address", "mail_person", ["workspace_id", "address_key", "at", "mail_id"], unique=False)
    op.create_index("ix_mail_person_mail", "mail_person", ["mail_id"], unique=False)
    op.create_index("ix_mail_person_mailbox_id", "mail_person", ["mailbox_id"], unique=False)

    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("answers_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name="fk_outgoing_mail_mailbox_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_outgoing_mail_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing_mail"),
        sa.UniqueConstraint("person_id", "key", name="uq_outgoing_mail_person_id_key"),
    )
    op.create_index("ix_outgoing_mail_due_at", "outgoing_mail", ["due_at"], unique=False)
    op.create_index("ix_outgoing_mail_mailbox_id", "outgoing_mail", ["mailbox_id"], unique=False)

    op.create_table(
        "mail_gap",
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["folder_id"], ["mail_folder.id"], name="fk_mail_gap_folder_id"),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name="fk_mail_gap_mailbox_id"),
        sa.PrimaryKeyConstraint("folder_id", "uid", name="pk_mail_gap"),
    )
    op.create_index("ix_mail_gap_mailbox", "mail_gap", ["mailbox_id"], unique=False)

    op.create_table(
        "mail_place",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("mail_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unread", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["folder_id"], ["mail_folder.id"], name="fk_mail_place_folder_id"),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name="fk_mail_place_mail_id"),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name="fk_mail_place_mailbox_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_place"),
        sa.UniqueConstraint("folder_id", "uid", name="uq_mail_place_folder_id_uid"),
    )
    op.create_index("ix_mail_place_copy", "mail_place", ["mail_id", "mailbox_id"], unique=False)

    op.add_column("person", sa.Column("mailboxes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("person", sa.Column("codes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("person", sa.Column("codes_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("person", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("person", sa.Column("tries_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("tries_since")
        batch_op.drop_column("tries")
        batch_op.drop_column("codes_since")
        batch_op.drop_column("codes")
        batch_op.drop_column("mailboxes")

    op.drop_index("ix_mail_place_copy", "mail_place")

    op.drop_table("mail_place")
    op.drop_index("ix_mail_gap_mailbox", "mail_gap")

    op.drop_table("mail_gap")
    op.drop_index("ix_outgoing_mail_mailbox_id", "outgoing_mail")
    op.drop_index("ix_outgoing_mail_due_at", "outgoing_mail")

    op.drop_table("outgoing_mail")
    op.drop_index("ix_mail_person_mailbox_id", "mail_person")
    op.drop_index("ix_mail_person_mail", "mail_person")
    op.drop_index("ix_mail_person_address", "mail_person")

    op.drop_table("mail_person")
    op.drop_table("mail_folder")
    op.drop_index("ix_mail_copy_newest", "mail_copy")
    op.drop_index("ix_mail_copy_gmail", "mail_copy")

    op.drop_table("mail_copy")
    op.drop_table("from_address")
    op.drop_index("ix_mailbox_workspace_id", "mailbox")
    op.drop_index("ix_mailbox_person_id", "mailbox")
    op.drop_index("ix_mailbox_due_at", "mailbox")

    op.drop_table("mailbox")
    op.drop_table("mail_text")
    op.drop_table("mail_file")
    op.drop_index("ix_mail_message_id", "mail")

    op.drop_table("mail")
    op.drop_index("ix_record_address_key", "record_address")

    op.drop_table("record_address")
