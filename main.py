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
from addon.context import Services
from addon.gmail import GMAIL_ROOT, Gmail
from addon.readings import Readings
from addon.routes import Door, create_addon
from addon.signing import Buttons
from addon.verify import Verifier
from console.google_sign_in import CALLBACK as SIGN_IN_CALLBACK
from console.routes import create_console
from console.services import ConsoleServices, GoogleDoor
from console.session import configure_sessions
from console.visitors import ActAs, SamplePerson
from console.zoho import CALLBACK, ZohoDoor
from crm_client.known import KnownSetUp
from crm_client.memory import LastKnown
from crm_client.open import Access
from crm_client.zoho.data_centres import DATA_CENTRES, DataCentres
from db import Database
from db.migrate import upgrade
from i18n import Languages
from jobs.workers import last_sign
from linking.adding import Adding
from linking.ledger import Ledger
from linking.outbox import Outbox
from linking.undo import Changes
from outbound import Http
from parts import Parts, build_parts
from playground.compose import Playground
from playground.people import ACTORS, actor
from reading.warm import warm_up
from settings import Settings, TrustRoot
from tenants.connect_links import ConnectLinks
from tenants.directory import Directory
from tenants.google.apis import GOOGLE, GoogleApis
from tenants.google.certificates import GOOGLE_CERTIFICATES, Certificates
from tenants.google.delegation import Delegation
from tenants.google.directory_api import DirectoryApi
from tenants.google.oidc import GoogleSignIn
from tenants.people import Caller, GoogleIdentity, NotConnected
from tenants.recent import RecentRecords
from tenants.sign_in import SignInCodes


@dataclass(frozen=True, slots=True)
class GoogleSide:
    """Where Google is and how it proves itself: the real one, the playground's, or a benchmark's stand-in."""

    gmail_root: str
    certificates_url: str
    service_account: str
    client_id: str


def create_app(
    settings: Settings, google: GoogleSide | None = None, zoho: DataCentres = DATA_CENTRES, google_apis: GoogleApis = GOOGLE
) -> Flask:
    """The whole service. `google` stands in for the one the settings name, `google_apis` for what else Google offers, `zoho` for
    Zoho's data centres. ValueError (from Settings) or a database error stops the start."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = Flask(__name__, static_folder=None)
    database = Database(settings.database_url)
    upgrade(database)
    warm_up()
    languages = Languages()
    playground = _playground(settings, database, languages)
    google = google or _google(settings, playground)
    secret_keys = settings.secret_keys or (playground.secret_key if playground else "",)
    parts = build_parts(settings, database, settings.sealing_keys or secret_keys, zoho, google_apis, settings.base_url + CALLBACK)
    ledger = Ledger(database)
    services = Services(
        base_url=settings.base_url,
        directory=parts.directory,
        crms=parts.crms,
        salesinbox=parts.salesinbox,
        gmail=Gmail(parts.http, google.gmail_root),
        readings=Readings(),
        ledger=ledger,
        outbox=Outbox(database, parts.vault, ledger, Adding(database)),
        last_known=LastKnown(database),
        known=KnownSetUp(database),
        recent=RecentRecords(database),
        changes=Changes(database),
        codes=SignInCodes(database),
        connect_links=ConnectLinks(secret_keys),
        languages=languages,
    )
    csrf = CSRFProtect()
    verifier = Verifier(Certificates(parts.http, google.certificates_url), google.service_account, google.client_id)
    addon = create_addon(Door(verifier, Buttons(tuple(secret_keys), settings.base_url), services))
    csrf.exempt(addon)
    app.register_blueprint(addon)
    configure_sessions(app, secret_keys, settings.base_url)
    csrf.init_app(app)
    _mount_pages(app, csrf, playground, _console_services(settings, database, services, parts, playground, zoho, google_apis))
    # App Engine and every usual proxy say here which scheme and client it was; only log lines and cookies look at it.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    return app


def _playground(settings: Settings, database: Database, languages: Languages) -> Playground | None:
    """Only with the development trust root, which Settings allows on loopback alone."""
    if settings.trust_root is not TrustRoot.DEVELOPMENT:
        return None
    directory = Path(settings.playground_dir)
    return Playground(directory, settings.base_url, database, Http(), languages, lambda: sample_cards(settings.base_url))


def _google(settings: Settings, playground: Playground | None) -> GoogleSide:
    """The same code verifies Google's requests and the playground's; only addresses, key and client id differ."""
    if playground is None:
        return GoogleSide(GMAIL_ROOT, GOOGLE_CERTIFICATES, settings.google_service_account, settings.google_client_id)
    return GoogleSide(playground.google_root, playground.certificates_url, playground.service_account, playground.client_id)


def _console_services(
    settings: Settings,
    database: Database,
    services: Services,
    parts: Parts,
    playground: Playground | None,
    zoho: DataCentres,
    google_apis: GoogleApis,
) -> ConsoleServices:
    at_zoho = parts.zoho

    def forget(access: Access) -> None:
        services.last_known.forget(str(access))
        services.known.forget(str(access))

    return ConsoleServices(
        database=database,
        directory=parts.directory,
        codes=services.codes,
        connect_links=services.connect_links,
        crms=parts.crms,
        languages=services.languages,
        vault=parts.vault,
        installs=parts.installs,
        salesinbox=parts.salesinbox,
        google=_google_door(settings, parts.http, google_apis),
        zoho=ZohoDoor(parts.http, zoho, at_zoho.oauth, at_zoho.grants, at_zoho.consents) if at_zoho else None,
        delegation=Delegation(parts.account, google_apis, parts.http) if parts.account else None,
        act_as=_act_as(parts.directory) if playground else None,
        forget=forget,
        connected=lambda target, person_id: services.outbox.connected_again(str(target), person_id),
        calls_left=lambda grant_id: at_zoho.crms.credits_left(grant_id) if at_zoho else None,
        worker_seen=lambda: last_sign(database),
    )


def _google_door(settings: Settings, http: Http, apis: GoogleApis) -> GoogleDoor | None:
    """None where no client for signing in is in the settings."""
    if not settings.google_sign_in_id:
        return None
    secret = settings.google_sign_in_secret.get_secret_value()
    sign_in = GoogleSignIn(http, apis, settings.google_sign_in_id, secret, settings.base_url + SIGN_IN_CALLBACK)
    return GoogleDoor(sign_in, DirectoryApi(http, apis))


def _mount_pages(app: Flask, csrf: CSRFProtect, playground: Playground | None, services: ConsoleServices) -> None:
    if playground:
        for blueprint in playground.blueprints:
            csrf.exempt(blueprint)
            app.register_blueprint(blueprint)
    app.register_blueprint(create_console(services))
    home = "/playground" if playground else "/home"

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
        return who.person.id if isinstance(who, Caller | NotConnected) else None

    return ActAs(tuple(SamplePerson(one.label, one.email) for one in ACTORS), person_id)


def __getattr__(name: str) -> Flask:
    """`app` is built when gunicorn asks for it: importing this module for `create_app` reads no environment."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = create_app(Settings())
    return app
