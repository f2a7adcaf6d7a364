"""What all Zoho connections of a process share."""

from crm_client.standing import Shareable
from crm_client.zoho.adapter import ZohoCrm
from crm_client.zoho.api import BUDGET_SECONDS, ZohoApi
from crm_client.zoho.conversions import Conversions
from crm_client.zoho.metadata import Metadata
from crm_client.zoho.people import People
from crm_client.zoho.tokens import Tokens
from crm_client.zoho.turns import PAUSES, Turns
from i18n import Language
from outbound import Http


class Zoho:
    """Made once by the composition root. `processes`: how many processes share an organisation's concurrent calls."""

    def __init__(
        self,
        http: Http,
        tokens: Tokens,
        processes: int = 2,
        *,
        pauses: tuple[float, float] = PAUSES,
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._budget = budget_seconds
        self._turns = Turns(processes, pauses)
        self._metadata = Metadata()
        self._people = People()
        self._conversions = Conversions()

    def open(self, grant_id: int, language: Language) -> Shareable:
        """The CRM as the person who gave this grant sees it. No remote call.

        `language` changes nothing: Zoho gives its labels in the language its user has chosen there.
        """
        api = ZohoApi(self._http, self._tokens, grant_id, self._turns, self._budget)
        return ZohoCrm(api, self._metadata, self._people, self._conversions)

    def credits_left(self, grant_id: int) -> int | None:
        """Calls the grant's organisation has left today, as last heard in this process; None while more than half are. CrmError."""
        return self._turns.credits_left(self._tokens.current(grant_id))
