"""The composition root: builds every long-lived object once and hands it to whom it concerns.

`gunicorn main:app` serves it; everything it needs comes from environment variables (see settings.py).
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, redirect
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from addon.cards.samples import sample_cards
from addon.certificates import GOOGLE_CERTIFICATES, Certificates
from addon.context import Services
from addon.gmail import GMAIL_ROOT, Gmail
from addon.readings import Readings
from addon.routes import Door, create_addon
from addon.signing import Buttons
from addon.verify import Verifier
from console.routes import create_console
from console.session import configure_sessions
from console.visitors import ActAs, SamplePerson
from console.zoho import CALLBACK, ZohoDoor
from crm_client.known import KnownSetUp
from crm_client.memory import LastKnown
from crm_client.open import Access, Crms
from crm_client.zoho.data_centres import DATA_CENTRES, DataCentres
from crm_client.zoho.oauth import ClientSecrets, ZohoOAuth
from crm_client.zoho.service import Zoho
from db import Database
from db.migrate import upgrade
from i18n import Languages
from linking.adding import Adding
from linking.ledger import Ledger
from linking.outbox import Outbox
from linking.undo import Changes
from outbound import Http
from playground.compose import Playground
from playground.people import ACTORS, actor
from reading.warm import warm_up
from settings import Settings, TrustRoot
from tenants.connect_links import ConnectLinks
from tenants.consents import Consents
from tenants.directory import Directory
from tenants.grants import Grants
from tenants.people import GoogleIdentity, NotInstalled
from tenants.recent import RecentRecords
from tenants.sign_in import SignInCodes
from tenants.vault import Vault


@dataclass(frozen=True, slots=True)
class GoogleSide:
    """Where Google is and how it proves itself: the real one, the playground's, or a benchmark's stand-in."""

    gmail_root: str
    certificates_url: str
    service_account: str
    client_id: str


def create_app(settings: Settings, google: GoogleSide | None = None, zoho: DataCentres = DATA_CENTRES) -> Flask:
    """The whole service. `google` stands in for the one the settings name, `zoho` for Zoho's data centres. ValueError (from
    Settings) or a database error stops the start."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = Flask(__name__, static_folder=None)
    database = Database(settings.database_url)
    upgrade(database)
    warm_up()
    http = Http()
    languages = Languages()
    playground = _playground(settings, database, http, languages)
    google = google or _google(settings, playground)
    secret_keys = settings.secret_keys or (playground.secret_key if playground else "",)
    vault = Vault(settings.sealing_keys or secret_keys)
    zoho_door = _zoho(settings, database, http, vault, zoho)
    crms = Crms(database, settings.base_url, Zoho(http, zoho_door.grants, settings.processes) if zoho_door else None)
    ledger = Ledger(database)
    services = Services(
        base_url=settings.base_url,
        directory=Directory(database, crms, settings.domains),
        crms=crms,
        gmail=Gmail(http, google.gmail_root),
        readings=Readings(),
        ledger=ledger,
        outbox=Outbox(database, vault, ledger, Adding(database)),
        last_known=LastKnown(database),
        known=KnownSetUp(database),
        recent=RecentRecords(database),
        changes=Changes(database),
        codes=SignInCodes(database),
        connect_links=ConnectLinks(secret_keys),
        languages=languages,
    )
    csrf = CSRFProtect()
    verifier = Verifier(Certificates(http, google.certificates_url), google.service_account, google.client_id)
    addon = create_addon(Door(verifier, Buttons(tuple(secret_keys), settings.base_url), services))
    csrf.exempt(addon)
    app.register_blueprint(addon)
    configure_sessions(app, secret_keys, settings.base_url)
    csrf.init_app(app)
    _mount_pages(app, csrf, services, database, playground, zoho_door)
    # App Engine and every usual proxy say here which scheme and client it was; only log lines and cookies look at it.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    return app


def _playground(settings: Settings, database: Database, http: Http, languages: Languages) -> Playground | None:
    """Only with the development trust root, which Settings allows on loopback alone."""
    if settings.trust_root is not TrustRoot.DEVELOPMENT:
        return None
    directory = Path(settings.playground_dir)
    return Playground(directory, settings.base_url, database, http, languages, lambda: sample_cards(settings.base_url))


def _google(settings: Settings, playground: Playground | None) -> GoogleSide:
    """The same code verifies Google's requests and the playground's; only addresses, key and client id differ."""
    if playground is None:
        return GoogleSide(GMAIL_ROOT, GOOGLE_CERTIFICATES, settings.google_service_account, settings.google_client_id)
    return GoogleSide(playground.google_root, playground.certificates_url, playground.service_account, playground.client_id)


def _zoho(settings: Settings, database: Database, http: Http, vault: Vault, data_centres: DataCentres) -> ZohoDoor | None:
    """None where no Zoho client is in the settings."""
    if not settings.zoho_client_id:
        return None
    client_secrets = ClientSecrets.parse(settings.zoho_client_secret.get_secret_value())
    oauth = ZohoOAuth(http, settings.zoho_client_id, client_secrets, settings.base_url + CALLBACK, data_centres)
    return ZohoDoor(http, data_centres, oauth, Grants(database, vault, oauth, data_centres), Consents(database, vault, oauth))


def _mount_pages(
    app: Flask, csrf: CSRFProtect, services: Services, database: Database, playground: Playground | None, zoho: ZohoDoor | None
) -> None:
    act_as = _act_as(services.directory) if playground else None
    if playground:
        for blueprint in playground.blueprints:
            csrf.exempt(blueprint)
            app.register_blueprint(blueprint)

    def forget(access: Access) -> None:
        services.last_known.forget(str(access))
        services.known.forget(str(access))

    console = create_console(
        services.directory,
        services.codes,
        services.connect_links,
        services.crms,
        database,
        services.languages,
        act_as,
        zoho,
        forget,
    )
    app.register_blueprint(console)
    home = "/playground" if playground else "/crm"

    @app.get("/")
    def start() -> Response:
        return redirect(home)  # type: ignore[return-value]

    @app.get("/healthz")
    def healthz() -> Response:
        return Response("ok", mimetype="text/plain")


def _act_as(directory: Directory) -> ActAs:
    """The sample people somebody without a session may choose among."""

    def person_id(email: str) -> int | None:
        one = actor(email)
        who = directory.resolve(GoogleIdentity(one.sub, one.email, one.hosted_domain))
        return None if isinstance(who, NotInstalled) else who.person.id

    return ActAs(tuple(SamplePerson(one.label, one.email) for one in ACTORS), person_id)


def __getattr__(name: str) -> Flask:
    """`app` is built when gunicorn asks for it: importing this module for `create_app` reads no environment."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = create_app(Settings())
    return app
