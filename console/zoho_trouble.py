"""Why a consent came to nothing, in words that say who can help and where."""

from console.pages import MessageView
from crm_client.errors import AuthExpired, CrmError, Forbidden, RateLimited
from crm_client.zoho.data_centres import SIGN_UP
from crm_client.zoho.introduction import ApiAccessMissing, NoOrganisation
from crm_client.zoho.oauth import ClientRefused, NotZoho
from i18n import Language


def consent_trouble(language: Language, error: CrmError, again: str) -> tuple[MessageView, int]:
    """The page and its status. `again`: where the person can start anew."""
    retry = (again, language.text("Try again"))
    nothing = language.text("Nothing was connected.")
    match error:
        case ApiAccessMissing():
            title = language.text("Zoho CRM does not let Sidecard in")
            lines = (
                language.text("Your profile in Zoho CRM has no API access. An administrator of your Zoho CRM can switch it on:"),
                language.text("Setup > Security Control > Profiles > (your profile) > Zoho CRM API Access."),
            )
            return MessageView(title, (*lines, nothing), retry), 403
        case NoOrganisation():
            title = language.text("This Zoho account has no CRM")
            line = language.text("Create a CRM, or sign in to Zoho with the account you use for your company's CRM, then connect again.")
            return MessageView(title, (line, nothing), (SIGN_UP, language.text("Create a CRM account"))), 403
        case Forbidden():
            title = language.text("Zoho CRM does not let Sidecard in")
            line = language.text("Your user in Zoho CRM is not active, or may not see itself or its organisation. Ask its administrator.")
            return MessageView(title, (line, nothing), retry), 403
        case AuthExpired():
            line = language.text("Zoho does not take the permission it gave a moment ago. It may have been used already.")
            return MessageView(language.text("That did not work"), (line, nothing), retry), 410
        case NotZoho():
            line = language.text("The address that brought you back does not belong to Zoho.")
            return MessageView(language.text("This did not come from Zoho"), (line, nothing), None), 400
        case ClientRefused():
            lines = (
                language.text("Zoho's data centre “{location}” refuses this service: {code}.", location=error.location, code=error.code),
                language.text("Tell whoever operates it: the client's ID, its secret, or “Multi-DC” has to be set right."),
            )
            return MessageView(language.text("Sidecard is not set up for Zoho"), (*lines, nothing), None), 503
        case RateLimited():
            line = language.text("Zoho wants fewer requests. Wait ten minutes, then try again.")
            return MessageView(language.text("Zoho asks to wait"), (line, nothing), retry), 503
        case _:
            line = language.text("Wait a moment, then try again.")
            return MessageView(language.text("Zoho does not answer"), (line, nothing), retry), 503
