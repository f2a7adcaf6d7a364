"""Who is who: the Directory's people, matched with the CRM's users by address and by hand, out and in as CSV."""

import csv
import io

import pytest

from crm_client.records import User
from db import Database, now, table
from tenants.google.directory_api import DirectoryPerson
from tenants.roster import (
    LONGEST_FILE,
    NO_ADDRESS,
    NO_CRM_USER,
    NO_HEADER,
    OTHER_DOMAIN,
    TOO_LONG,
    TWICE,
    CsvProblem,
    Roster,
    RosterEntry,
)
from tenants.tables import PersonRow, WorkspaceRow

SAM, ROBIN, LEE = "sam.reed@harbour.example", "robin.shaw@harbour.example", "lee@harbour.example"


def user(number: str, name: str, email: str) -> User:
    return User(number, name, email, "Sales", "Standard")


USERS = (user("1", "Sam Reed", SAM), user("2", "Robin Shaw", "r.shaw@crm.example"), user("3", "Robin Shaw", "robin2@crm.example"))


@pytest.fixture
def company(database: Database) -> int:
    with database.write() as connection:
        ids = [
            connection.execute(
                table(WorkspaceRow).insert().values(domain=domain, name=domain, created_at=now()).returning(table(WorkspaceRow).c.id)
            ).scalar_one()
            for domain in ("harbour.example", "other.example")
        ]
        person = {"workspace_id": ids[0], "google_sub": "9", "email": LEE, "name": "Lee", "aliases": [], "created_at": now()}
        connection.execute(table(PersonRow).insert().values(person))
    return int(ids[0])


def listed(email: str, name: str, org_unit: str = "/") -> DirectoryPerson:
    return DirectoryPerson(email, name, is_admin=False, is_delegated_admin=False, customer_id="C", org_unit=org_unit, suspended=False)


def by_email(roster: Roster, workspace_id: int) -> dict[str, RosterEntry]:
    return {entry.email: entry for entry in roster.rows(workspace_id)}


@pytest.fixture
def roster(database: Database, company: int) -> Roster:
    roster = Roster(database)
    assert roster.take_in(company, [listed(SAM, "Sam Reed", "/Sales"), listed(ROBIN, "Robin Shaw")]) == 2
    return roster


def test_who_was_seen_and_not_listed_is_shown(roster: Roster, company: int) -> None:
    assert [(entry.email, entry.listed) for entry in roster.rows(company)] == [(LEE, False), (ROBIN, True), (SAM, True)]
    assert roster.rows(company + 1) == ()


def test_matching_by_address_leaves_what_was_said_by_hand(roster: Roster, company: int) -> None:
    assert roster.match_all(company, USERS) == 1
    assert by_email(roster, company)[SAM].crm_user_name == "Sam Reed"
    assert roster.match(company, ROBIN.upper(), USERS[2])
    assert roster.match(company, SAM, None)
    assert not roster.match(company, "nobody@harbour.example", USERS[0])
    assert roster.match_all(company, USERS) == 1
    rows = by_email(roster, company)
    assert (rows[SAM].crm_user_id, rows[SAM].by_hand) == (None, True)
    assert (rows[ROBIN].crm_user_id, rows[ROBIN].by_hand) == ("3", True)


def test_who_left_the_crm_is_matched_to_nobody(roster: Roster, company: int) -> None:
    roster.match_all(company, USERS)
    assert roster.match_all(company, USERS[1:]) == 0
    assert by_email(roster, company)[SAM].crm_user_id is None


def test_two_users_of_one_address_match_nobody(roster: Roster, company: int) -> None:
    assert roster.match_all(company, (*USERS, user("4", "Sam Other", SAM))) == 0


def test_the_directory_is_taken_in_again(roster: Roster, company: int) -> None:
    roster.match(company, SAM, USERS[0])
    assert roster.take_in(company, [listed(SAM, "Samuel Reed", "/Sales/North")]) == 1
    rows = by_email(roster, company)
    assert (rows[SAM].name, rows[SAM].org_unit, rows[SAM].crm_user_id) == ("Samuel Reed", "/Sales/North", "1")
    assert ROBIN not in rows


def test_half_a_list_takes_nobody_away(roster: Roster, company: int) -> None:
    def breaking() -> object:
        yield listed(SAM, "Sam Reed")
        raise ConnectionError

    with pytest.raises(ConnectionError):
        roster.take_in(company, breaking())  # type: ignore[arg-type]
    assert ROBIN in by_email(roster, company)


def test_out_and_in_again_changes_nothing(roster: Roster, company: int) -> None:
    roster.match_all(company, USERS)
    roster.match(company, ROBIN, USERS[1])
    roster.match(company, LEE, USERS[2])
    before = roster.rows(company)
    text = roster.to_csv(company)
    # Both are called Robin Shaw: the file names their ids.
    assert [row["crm_user"] for row in csv.DictReader(io.StringIO(text))] == ["3", "2", "Sam Reed"]
    assert roster.from_csv(company, text, ()) == (), "users who left since may stay"
    assert roster.rows(company) == before
    assert roster.from_csv(company, "\ufeff" + text.replace(",", ";"), USERS) == (), "as spreadsheets write it elsewhere"
    assert roster.rows(company) == before


def test_a_file_matches_by_hand(roster: Roster, company: int) -> None:
    roster.match_all(company, USERS)
    said = f"crm_user,EMAIL,remark\nR.Shaw@crm.example,{ROBIN},by address\n\n,{SAM},nobody\nsam reed,{LEE.upper()},by name\n"
    assert roster.from_csv(company, said, USERS) == ()
    rows = by_email(roster, company)
    assert [(rows[email].crm_user_id, rows[email].by_hand) for email in (ROBIN, SAM, LEE)] == [("2", True), (None, True), ("1", True)]


def test_problems_are_told_line_by_line_and_nothing_is_taken(roster: Roster, company: int) -> None:
    before = roster.rows(company)
    lines = (
        "email,crm_user",
        f"{SAM},Sam Reed",
        f"{SAM},",
        "who@elsewhere.example,Sam Reed",
        "Lee,Sam Reed",
        f"{ROBIN},Robin Shaw",
        f"{LEE},Nobody",
    )
    assert roster.from_csv(company, "\r\n".join(lines), USERS) == (
        CsvProblem(3, TWICE, SAM),
        CsvProblem(4, OTHER_DOMAIN, "who@elsewhere.example"),
        CsvProblem(5, NO_ADDRESS, "lee"),
        CsvProblem(6, NO_CRM_USER, "Robin Shaw"),
        CsvProblem(7, NO_CRM_USER, "Nobody"),
    )
    assert roster.rows(company) == before
    assert roster.from_csv(company, "name,user\nSam,1", USERS) == (CsvProblem(1, NO_HEADER),)
    assert roster.from_csv(company, "", USERS) == (CsvProblem(1, NO_HEADER),)
    assert roster.from_csv(company, "x" * (LONGEST_FILE + 1), USERS) == (CsvProblem(1, TOO_LONG),)
    assert roster.from_csv(company, "email,crm_user\n" + "x" * 200_000, USERS)[0].code == TOO_LONG


def test_no_cell_is_a_formula(roster: Roster, company: int) -> None:
    signs = "=+-@'\t"
    people = [listed(f"{number}@harbour.example", f"{sign}SUM(1)") for number, sign in enumerate(signs)]
    roster.take_in(company, people)
    evil = user("7", "=HYPERLINK(1)", "evil@crm.example")
    assert roster.match(company, "0@harbour.example", evil)
    before, text = roster.rows(company), roster.to_csv(company)
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))] == []
    assert "'=HYPERLINK(1)" in cells
    assert roster.from_csv(company, text, [evil]) == ()
    assert roster.rows(company) == before
