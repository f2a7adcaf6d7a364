"""What the embedded CRM's pages have in common: the CRM as the visitor sees it, and the addresses of its pages."""

from urllib.parse import quote

from werkzeug.exceptions import NotFound as NoSuchPage

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.open import Crms
from crm_client.records import Kind, Ref
from i18n import Language
from tenants.people import Caller

CRM = "/crm"


def open_embedded(crms: Crms, caller: Caller, language: Language) -> EmbeddedCrm:
    """NoSuchPage: any other CRM has record pages of its own."""
    crm = crms.open(caller.access, language)
    if not isinstance(crm, EmbeddedCrm):
        raise NoSuchPage
    return crm


def kind_named(name: str) -> Kind:
    """NoSuchPage."""
    try:
        return Kind(name)
    except ValueError as error:
        raise NoSuchPage from error


def record_path(ref: Ref) -> str:
    return f"{CRM}/{ref.kind}/{quote(ref.id, safe='')}"


def mail_path(ref: Ref, email_id: str) -> str:
    return f"{record_path(ref)}/emails/{quote(email_id, safe='')}"
