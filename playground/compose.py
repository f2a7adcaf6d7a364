"""The playground as a whole: what the composition root mounts with the development trust root."""

from pathlib import Path

from flask import Blueprint

from db import Database
from i18n import Languages
from outbound import Http
from playground.gmail import CERTIFICATES_PATH, GOOGLE_PREFIX, GoogleWeather, google_blueprint
from playground.keys import DEVELOPMENT_CLIENT_ID, DEVELOPMENT_SERVICE_ACCOUNT, DevelopmentKey
from playground.mailbox import DROPPED, load_mailboxes
from playground.page import SampleCards, create_page
from playground.setup import prepare


class Playground:
    """A stand-in Google and Gmail with sample people, mails and records. Development only."""

    service_account = DEVELOPMENT_SERVICE_ACCOUNT
    client_id = DEVELOPMENT_CLIENT_ID

    def __init__(
        self, directory: Path, base_url: str, database: Database, http: Http, languages: Languages, sample_cards: SampleCards
    ) -> None:
        key = DevelopmentKey.open(directory)
        mailboxes = load_mailboxes(directory / DROPPED)
        prepare(database)
        self.google_root = base_url + GOOGLE_PREFIX
        self.certificates_url = self.google_root + CERTIFICATES_PATH
        self.secret_key = key.token_secret.hex()
        """Signs buttons and sessions where the developer has set no key of his own."""
        self.blueprints: tuple[Blueprint, ...] = (
            google_blueprint(key, mailboxes, GoogleWeather()),
            create_page(
                key=key,
                mailboxes=mailboxes,
                base_url=base_url,
                http=http,
                database=database,
                languages=languages,
                sample_cards=sample_cards,
            ),
        )
