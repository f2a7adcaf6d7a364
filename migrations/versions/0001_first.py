"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
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
    op.create_table(
        "embedded_org",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_embedded_org"),
    )
    op.create_table(
        "last_known",
        sa.Column("viewer", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("viewer", "address", name="pk_last_known"),
    )
    op.create_index("ix_last_known_seen_at", "last_known", ["seen_at"])
    op.create_table(
        "workspace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspace"),
        sa.UniqueConstraint("domain", name="uq_workspace_domain"),
    )
    op.create_table(
        "embedded_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["embedded_org.id"], name="fk_embedded_account_org_id"),
        sa.PrimaryKeyConstraint("id", name="pk_embedded_account"),
        sa.UniqueConstraint("org_id", "name", name="uq_embedded_account_org_id_name"),
    )
    op.create_table(
        "embedded_field",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("max_length", sa.Integer(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["embedded_org.id"], name="fk_embedded_field_org_id"),
        sa.PrimaryKeyConstraint("id", name="pk_embedded_field"),
        sa.UniqueConstraint("org_id", "kind", "name", name="uq_embedded_field_org_id_kind_name"),
    )
    op.create_table(
        "embedded_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["embedded_org.id"], name="fk_embedded_profile_org_id"),
        sa.PrimaryKeyConstraint("id", name="pk_embedded_profile"),
        sa.UniqueConstraint("org_id", "name", name="uq_embedded_profile_org_id_name"),
    )
    op.create_table(
        "embedded_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reports_to", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["embedded_org.id"], name="fk_embedded_role_org_id"),
        sa.ForeignKeyConstraint(["reports_to"], ["embedded_role.id"], name="fk_embedded_role_reports_to"),
        sa.PrimaryKeyConstraint("id", name="pk_embedded_role"),
        sa.UniqueConstraint("org_id", "name", name="uq_embedded_role_org_id_name"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("google_sub", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("crm_user_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_person_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("google_sub", name="uq_person_google_sub"),
    )
    op.create_index("ix_person_email", "person", ["email"])
    op.create_index("ix_person_workspace_id", "person", ["workspace_id"])
    op.create_table(
        "crm_connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("connected_by", sa.Integer(), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["connected_by"], ["person.id"], name="fk_crm_connection_connected_by"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_crm_connection_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_crm_connection"),
        sa.UniqueConstraint("workspace_id", name="uq_crm_connection_workspace_id"),
    )
    op.create_table(
        "embedded_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["embedded_org.id"], name="fk_embedded_user_org_id"),
        sa.ForeignKeyConstraint(["profile_id"], ["embedded_profile.id"], name="fk_embedded_user_profile_id"),
        sa.ForeignKeyConstraint(["role_id"], ["embedded_role.id"], name="fk_embedded_user_role_id"),
        sa.PrimaryKeyConstraint("id", name="pk_embedded_user"),
        sa.UniqueConstraint("org_id", "email", name="uq_embedded_user_org_id_email"),
    )
    op.create_table(
        "mail_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org", sa.String(), nullable=False),
        sa.Column("message_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("record_name", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_mail_link_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_link"),
        sa.UniqueConstraint("org", "message_key", name="uq_mail_link_org_message_key"),
    )
    op.create_index("ix_mail_link_record", "mail_link", ["org", "kind", "record_id"])
    op.create_table(
        "recent_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_recent_record_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recent_record"),
        sa.UniqueConstraint("person_id", "kind", "record_id", name="uq_recent_record_person_id_kind_record_id"),
    )
    op.create_index("ix_recent_record_person_opened", "recent_record", ["person_id", "opened_at"])
    op.create_table(
        "record_change",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("org", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("old", sa.JSON(), nullable=False),
        sa.Column("new", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_record_change_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_record_change"),
    )
    op.create_index("ix_record_change_made_at", "record_change", ["made_at"])
    op.create_table(
        "sign_in_code",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_sign_in_code_person_id"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_sign_in_code"),
    )
    op.create_index("ix_sign_in_code_expires_at", "sign_in_code", ["expires_at"])
    op.create_table(
        "embedded_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("sort_name", sa.String(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("create_key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["embedded_account.id"], name="fk_embedded_record_account_id"),
        sa.ForeignKeyConstraint(["modified_by"], ["embedded_user.id"], name="fk_embedded_record_modified_by"),
        sa.ForeignKeyConstraint(["org_id"], ["embedded_org.id"], name="fk_embedded_record_org_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["embedded_user.id"], name="fk_embedded_record_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_embedded_record"),
        sa.UniqueConstraint("org_id", "create_key", name="uq_embedded_record_org_id_create_key"),
    )
    op.create_index("ix_embedded_record_list", "embedded_record", ["org_id", "kind", "sort_name", "id"])
    op.create_table(
        "embedded_address",
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["embedded_org.id"], name="fk_embedded_address_org_id"),
        sa.ForeignKeyConstraint(["record_id"], ["embedded_record.id"], name="fk_embedded_address_record_id"),
        sa.PrimaryKeyConstraint("org_id", "kind", "address", name="pk_embedded_address"),
    )
    op.create_index("ix_embedded_address_record", "embedded_address", ["record_id"])
    op.create_table(
        "embedded_deal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("closing_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["embedded_record.id"], name="fk_embedded_deal_contact_id"),
        sa.ForeignKeyConstraint(["org_id"], ["embedded_org.id"], name="fk_embedded_deal_org_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["embedded_user.id"], name="fk_embedded_deal_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_embedded_deal"),
    )
    op.create_index("ix_embedded_deal_contact_id", "embedded_deal", ["contact_id"])
    op.create_table(
        "embedded_email",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sender", sa.JSON(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("copies", sa.JSON(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sort_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incoming", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("attached_by", sa.Integer(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attached_by"], ["embedded_user.id"], name="fk_embedded_email_attached_by"),
        sa.ForeignKeyConstraint(["org_id"], ["embedded_org.id"], name="fk_embedded_email_org_id"),
        sa.ForeignKeyConstraint(["record_id"], ["embedded_record.id"], name="fk_embedded_email_record_id"),
        sa.PrimaryKeyConstraint("id", name="pk_embedded_email"),
        sa.UniqueConstraint("record_id", "message_id", name="uq_embedded_email_record_id_message_id"),
    )
    op.create_index("ix_embedded_email_list", "embedded_email", ["record_id", "sort_at", "id"])
    op.create_table(
        "embedded_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["embedded_user.id"], name="fk_embedded_note_author_id"),
        sa.ForeignKeyConstraint(["org_id"], ["embedded_org.id"], name="fk_embedded_note_org_id"),
        sa.ForeignKeyConstraint(["record_id"], ["embedded_record.id"], name="fk_embedded_note_record_id"),
        sa.PrimaryKeyConstraint("id", name="pk_embedded_note"),
    )
    op.create_index("ix_embedded_note_record_id", "embedded_note", ["record_id"])


def downgrade() -> None:
    op.drop_table("embedded_note")
    op.drop_table("embedded_email")
    op.drop_table("embedded_deal")
    op.drop_table("embedded_address")
    op.drop_table("embedded_record")
    op.drop_table("sign_in_code")
    op.drop_table("recent_record")
    op.drop_table("record_change")
    op.drop_table("mail_link")
    op.drop_table("embedded_user")
    op.drop_table("crm_connection")
    op.drop_table("person")
    op.drop_table("embedded_role")
    op.drop_table("embedded_profile")
    op.drop_table("embedded_field")
    op.drop_table("embedded_account")
    op.drop_table("workspace")
    op.drop_table("last_known")
    op.drop_table("embedded_org")
    op.drop_table("add_claim")
