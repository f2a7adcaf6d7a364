"""The sample company is made once, however often and by however many it is prepared."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select
from sqlmodel import SQLModel

from crm_client.open import Crms
from db import Database
from playground.people import ACTORS, CLAIRE, INES, KIM, MIA, NADIA, PAUL, SAM, TOM
from playground.setup import prepare
from tenants.directory import Directory
from tenants.people import Caller, GoogleIdentity, Missing, NotConnected, NotInstalled


def counts(database: Database) -> dict[str, int]:
    names = ("workspace", "person", "crm_connection", "embedded_org", "embedded_user", "embedded_record")
    with database.read() as connection:
        return {name: len(connection.execute(select(SQLModel.metadata.tables[name])).all()) for name in names}


def test_prepared_again_nothing_changes(database):
    prepare(database)
    first = counts(database)
    prepare(database)
    assert counts(database) == first
    assert first["embedded_record"] > 40
    assert {name: first[name] for name in ("workspace", "person", "crm_connection", "embedded_org")} == {
        "workspace": 2,
        "person": 1,
        "crm_connection": 1,
        "embedded_org": 1,
    }


def test_several_at_once_make_one_company(database):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: prepare(database), range(6)))
    found = counts(database)
    assert (found["workspace"], found["person"], found["crm_connection"], found["embedded_org"]) == (2, 1, 1, 1)


def test_everybody_of_the_cast_is_who_he_should_be(database):
    prepare(database)
    directory = Directory(database, Crms(database, "http://127.0.0.1:8080"))
    who = {person.email: directory.resolve(GoogleIdentity(person.sub, person.email, person.hosted_domain)) for person in ACTORS}
    for person in (PAUL, CLAIRE, NADIA, TOM, MIA):
        caller = who[person.email]
        assert isinstance(caller, Caller)
        assert caller.person.name == person.name
    assert who[PAUL.email].person.aliases == ("paul@northlight.example",)
    ines, sam = who[INES.email], who[SAM.email]
    assert isinstance(ines, NotConnected)
    assert ines.missing is Missing.CRM_USER
    assert isinstance(sam, NotConnected)
    assert sam.missing is Missing.CONNECTION
    assert isinstance(who[KIM.email], NotInstalled)
