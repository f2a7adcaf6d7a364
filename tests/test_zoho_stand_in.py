"""The stand-in Zoho's records: what the adapter's tests rely on, asked over the wire."""

from typing import Any

import pytest

from tests.zoho.caller import Caller, error, said
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho

pytest_plugins = ["tests.zoho.fixtures"]


# -- looking up


def test_the_index_lags_and_finds_look_alikes_where_coql_is_fresh_and_exact(zoho_server: Zoho, caller: Caller, paul: User) -> None:
    assert caller.post("/Leads", Last_Name="Daly", Email="sales-team@daly.example").status == 201
    assert caller.get("/Leads/search?email=sales-team@daly.example").status == 204
    fresh = caller.query("select Email from Leads where Email = 'SALES-team@daly.example'")
    assert [one["Email"] for one in said(fresh)["data"]] == ["sales-team@daly.example"]
    caller.post("/Leads", Last_Name="Other", Email="sales_team@daly.example")
    zoho_server.clock.advance(3)
    assert len(said(caller.get("/Leads/search?email=sales-team@daly.example"))["data"]) == 2
    assert len(said(caller.get("/Leads/search?criteria=(Email:equals:daly.example)"))["data"]) == 2
    assert caller.query("select id from Leads where Email = 'daly.example'").status == 204


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select id from Leads", "SYNTAX_ERROR"),
        ("select id from Leads where Email = 'a' or Email = 'b' or Email = 'c'", "SYNTAX_ERROR"),
        ("select id from Leads where Email = 'o\\'neil@x.example'", "SYNTAX_ERROR"),
        ("select id from Leads where Email = 'o'neil@x.example'", "SYNTAX_ERROR"),
        ("select id, Nickname from Leads where id is not null", "INVALID_QUERY"),
        ("select id, Secondary_Email from Leads where id is not null", "INVALID_QUERY"),
        ("select id from Leads where Description = 'x'", "INVALID_QUERY"),
        ("select id from Nothings where id is not null", "INVALID_QUERY"),
        ("select id from Leads where id is not null limit 201", "LIMIT_EXCEEDED"),
        (f"select id from Leads where Email in ({', '.join(['1'] * 51)})", "LIMIT_EXCEEDED"),
    ],
)
def test_coql_refuses(northlight: Organisation, caller: Caller, query: str, code: str) -> None:
    northlight.field("Leads", "Secondary_Email", hidden=True)
    answer = caller.query(query)
    assert (answer.status, said(answer)["code"]) == (400, code)


def test_coql_joins_nests_and_orders(northlight: Organisation, caller: Caller, paul: User) -> None:
    jo = northlight.record("Contacts", paul, Last_Name="Daly", Email="jo@daly.example")
    for name, stage, day in (
        ("Late", "Qualification", "2026-12-01"),
        ("Won", "Closed Won", "2026-01-01"),
        ("Soon", "Qualification", "2026-02-01"),
    ):
        northlight.record("Deals", paul, Deal_Name=name, Stage=stage, Closing_Date=day, Contact_Name=jo)
    answer = caller.query(
        "select Deal_Name, Owner, Owner.last_name, Contact_Name.Email from Deals where ((Contact_Name.Email = 'jo@daly.example'"
        " and Stage != 'Closed Won') and Stage not in ('Closed Lost')) order by Closing_Date asc limit 0, 5"
    )
    rows = said(answer)["data"]
    assert [one["Deal_Name"] for one in rows] == ["Soon", "Late"]
    assert (rows[0]["Owner"], rows[0]["Owner.last_name"], rows[0]["Contact_Name.Email"]) == ({"id": paul.id}, "Martin", "jo@daly.example")
    by_id = caller.query(f"select Deal_Name from Deals where Contact_Name = '{jo}' order by Deal_Name desc limit 1 offset 1")
    assert [one["Deal_Name"] for one in said(by_id)["data"]] == ["Soon"]


def test_a_converted_lead_hides_from_lists_and_says_what_it_became(
    zoho_server: Zoho, northlight: Organisation, caller: Caller, paul: User
) -> None:
    lead = northlight.record("Leads", paul, Last_Name="Daly", Email="jo@daly.example", Company="Daly Ltd", Designation="CEO")
    contact = northlight.convert(lead, deal=True)
    assert caller.get("/Leads/search?email=jo@daly.example").status == 204
    assert caller.get("/Leads?fields=Email").status == 204
    zoho_server.clock.advance(3)
    assert said(caller.get("/Leads/search?email=jo@daly.example&converted=both"))["data"][0]["id"] == lead
    read = said(caller.get(f"/Leads/{lead}"))["data"][0]
    assert (read["$converted"], read["$converted_detail"]["contact"]) == (True, contact)
    assert said(caller.get(f"/Contacts/{contact}?fields=Title"))["data"][0]["Title"] == "CEO"
    assert said(caller.query("select Converted__s from Leads where id is not null"))["data"][0]["Converted__s"] is True
    assert error(caller.ask("PUT", f"/Leads/{lead}", {"data": [{"City": "Cork"}]}))["code"] == "CONVERTED_RECORD"
    northlight.converted_lead_reads = "nothing"
    assert caller.get(f"/Leads/{lead}").status == 204


# -- writing


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"Email": "a@x.example"}, "MANDATORY_NOT_FOUND", "Last_Name"),
        ({"Last_Name": ""}, "MANDATORY_NOT_FOUND", "Last_Name"),
        ({"Last_Name": "x" * 81}, "INVALID_DATA", "Last_Name"),
        ({"Last_Name": "x", "Lst_Name": "y"}, "INVALID_DATA", "Lst_Name"),
        ({"Last_Name": "x", "Full_Name": "y"}, "INVALID_DATA", "Full_Name"),
        ({"Last_Name": "x", "Email": "nobody"}, "INVALID_DATA", "Email"),
        ({"Last_Name": "x", "Phone": "030/1234"}, "INVALID_DATA", "Phone"),
        ({"Last_Name": "x", "Website": "no website"}, "INVALID_DATA", "Website"),
        ({"Last_Name": "x", "No_of_Employees": "12"}, "INVALID_DATA", "No_of_Employees"),
        ({"Last_Name": "x", "Annual_Revenue": True}, "INVALID_DATA", "Annual_Revenue"),
        ({"Last_Name": "x", "Since": "01.02.2026"}, "INVALID_DATA", "Since"),
        ({"Last_Name": "x", "Owner": {"id": "1"}}, "INVALID_DATA", "Owner"),
        ({"Last_Name": "x", "Layout": {"id": "1"}}, "INVALID_DATA", "Layout"),
        ({"Last_Name": "x", "Nickname": "y"}, "INVALID_DATA", "Nickname"),
    ],
)
def test_a_record_must_fit_the_field_metadata(
    northlight: Organisation, caller: Caller, values: dict[str, Any], code: str, field: str
) -> None:
    northlight.field("Leads", "Since", data_type="date")
    northlight.field("Leads", "Nickname", hidden=True)
    answer = caller.post("/Leads", **values)
    assert (answer.status, error(answer)["code"], error(answer)["details"]["api_name"]) == (400, code, field)
    assert northlight.records("Leads") == []


def test_the_layouts_mandatory_fields_count_where_the_layout_is_named(northlight: Organisation, caller: Caller) -> None:
    layout = said(caller.get("/settings/layouts?module=Leads"))["layouts"][0]
    due = [one["api_name"] for section in layout["sections"] for one in section["fields"] if one["required"]]
    assert due == ["Last_Name", "Company"]
    assert caller.post("/Leads", Last_Name="Daly").status == 201
    assert error(caller.post("/Leads", Last_Name="Daly", Layout={"id": layout["id"]}))["details"]["api_name"] == "Company"
    assert caller.post("/Leads", Last_Name="Daly", Company="Daly", Lead_Source="A new one", Layout={"id": layout["id"]}).status == 201


def test_metadata_tell_of_custom_and_hidden_fields(northlight: Organisation, caller: Caller) -> None:
    northlight.field("Leads", "Tier", label="Tier", data_type="picklist", picklist=["Gold", ("Silver", "Argent")], required=True)
    northlight.field("Leads", "Fax", hidden=True)
    northlight.field("Leads", "Mobile", deleted=True)
    fields = {one["api_name"]: one for one in said(caller.get("/settings/fields?module=Leads"))["fields"]}
    assert [one["display_value"] for one in fields["Tier"]["pick_list_values"]] == ["-None-", "Gold", "Argent"]
    assert (fields["Fax"]["visible"], fields["Tier"]["custom_field"], "Mobile" in fields) == (False, True, False)
    layout = said(caller.get("/settings/layouts?module=Leads"))["layouts"][0]["sections"][0]["fields"]
    assert {"Fax", "Mobile"}.isdisjoint(one["api_name"] for one in layout)


def test_only_unique_fields_know_duplicates(northlight: Organisation, caller: Caller, paul: User) -> None:
    first = northlight.record("Leads", paul, Last_Name="Daly", Email="jo@daly.example", Phone="123")
    assert caller.post("/Leads", Last_Name="Twin", Email="jo@daly.example").status == 201
    northlight.field("Leads", "Phone", unique=True)
    details = error(caller.post("/Leads", Last_Name="Third", Phone="123"))["details"]
    assert (details["duplicate_record"]["id"], details["duplicate_record"]["module"]["api_name"]) == (first, "Leads")
    northlight.field("Leads", "Email", unique=True)
    both = error(caller.post("/Leads", Last_Name="Third", Phone="123", Email="jo@daly.example"))
    assert both["code"] == "MULTIPLE_OR_MULTI_ERRORS"


def test_errors_stand_in_the_list_or_at_the_top(caller: Caller) -> None:
    assert {"data" in said(caller.post("/Leads", Email="a@x.example")) for _ in range(20)} == {True, False}


def test_several_records_answer_each_for_itself(caller: Caller) -> None:
    answer = caller.ask("POST", "/Leads", {"data": [{"Last_Name": "Daly"}, {"Email": "x"}]})
    assert (answer.status, [one["code"] for one in said(answer)["data"]]) == (207, ["SUCCESS", "INVALID_DATA"])


def test_a_stale_change_is_refused(zoho_server: Zoho, northlight: Organisation, caller: Caller, paul: User) -> None:
    lead = northlight.record("Leads", paul, Last_Name="Daly", City="Cork")
    seen = said(caller.get(f"/Leads/{lead}"))["data"][0]["Modified_Time"]
    assert caller.ask("PUT", f"/Leads/{lead}", {"data": [{"City": None}]}, If_Unmodified_Since=seen).status == 200
    assert "City" not in northlight.records("Leads")[0]
    zoho_server.clock.advance(2)
    northlight.change(lead, paul, City="Galway")
    late = caller.ask("PUT", f"/Leads/{lead}", {"data": [{"City": "Limerick"}]}, If_Unmodified_Since=seen)
    assert (late.status, error(late)["code"], northlight.records("Leads")[0]["City"]) == (412, "ALREADY_MODIFIED", "Galway")
    assert error(late)["details"]["Modified_Time"] > seen


def test_upsert_finds_by_email_and_overwrites(northlight: Organisation, caller: Caller, paul: User) -> None:
    lead = northlight.record("Leads", paul, Last_Name="Daly", Email="jo@daly.example")
    hit = said(caller.ask("POST", "/Leads/upsert", {"data": [{"Last_Name": "Daly-Byrne", "Email": "JO@daly.example"}]}))["data"][0]
    assert (hit["action"], hit["duplicate_field"], hit["details"]["id"]) == ("update", "Email", lead)
    new = said(caller.ask("POST", "/Leads/upsert", {"data": [{"Last_Name": "Else", "Email": "else@daly.example"}]}))["data"][0]
    assert new["action"] == "insert"
    assert [one["Last_Name"] for one in northlight.records("Leads")] == ["Daly-Byrne", "Else"]


def test_notes_and_tasks_hang_on_their_record(northlight: Organisation, caller: Caller, paul: User) -> None:
    lead = northlight.record("Leads", paul, Last_Name="Daly")
    contact = northlight.record("Contacts", paul, Last_Name="Byrne")
    assert caller.post(f"/Leads/{lead}/Notes", Note_Content="He called").status == 201
    assert said(caller.get(f"/Leads/{lead}/Notes?fields=Note_Content,Owner"))["data"][0]["Note_Content"] == "He called"
    assert error(caller.get(f"/Leads/{lead}/Notes"))["code"] == "REQUIRED_PARAM_MISSING"
    assert caller.post("/Tasks", Subject="Call", What_Id={"id": lead}, **{"$se_module": "Leads"}).status == 201
    assert caller.post("/Tasks", Subject="Write", Who_Id={"id": contact}, Due_Date="2026-03-01").status == 201
    assert error(caller.post("/Tasks", Subject="Call", Who_Id={"id": lead}))["code"] == "INVALID_DATA"
    assert error(caller.post("/Tasks", Subject="Call", What_Id={"id": lead}))["code"] == "INVALID_DATA"
    assert [one["Subject"] for one in northlight.tasks(lead)] == ["Call"]
    found = caller.query(f"select Subject, Due_Date from Tasks where (Who_Id = '{contact}' and Status is null)")
    assert said(found)["data"][0]["Due_Date"] == "2026-03-01"


# -- rights


def test_profiles_decide_what_a_user_may_do(zoho_server: Zoho, northlight: Organisation, paul: User) -> None:
    northlight.profile("Leads only", setup=False, emails=False, Leads=("view", "create"), Contacts=())
    ann = northlight.user("Ann Ray", "ann@northlight.example", profile="Leads only")
    caller = Caller(zoho_server, ann)
    lead = northlight.record("Leads", paul, Last_Name="Daly")
    for answer, permission in (
        (caller.get("/Contacts?fields=Email"), "Crm_Implied_View_Contacts"),
        (caller.query("select id from Contacts where id is not null"), "Crm_Implied_View_Contacts"),
        (caller.ask("PUT", f"/Leads/{lead}", {"data": [{"City": "Cork"}]}), "Crm_Implied_Edit_Leads"),
        (caller.get(f"/Leads/{lead}/Emails"), "Crm_Implied_View_Emails"),
    ):
        assert (answer.status, error(answer)["code"], error(answer)["details"]) == (403, "NO_PERMISSION", {"permissions": [permission]})
    assert (caller.get("/settings/roles").status, caller.get("/settings/profiles").status) == (403, 403)
    modules = {one["api_name"]: one for one in said(caller.get("/settings/modules"))["modules"]}
    assert [modules["Leads"][name] for name in ("viewable", "creatable", "editable")] == [True, True, False]
    assert modules["Contacts"]["viewable"] is False
    northlight.profile("Leads only", api=False)
    assert error(caller.get("/org"))["details"] == {"permissions": ["Crm_Implied_Api_Access"]}
    ann.status = "inactive"
    assert error(caller.get("/org"))["code"] == "INACTIVE_USER"


def test_people_and_organisation_say_who_they_are(zoho_server: Zoho, northlight: Organisation, caller: Caller, paul: User) -> None:
    boss = northlight.user("Ann Boss", "ann@northlight.example", admin=True, role="CEO")
    northlight.user("Gone", "gone@northlight.example", status="inactive")
    assert [one["id"] for one in said(caller.get("/users?type=AdminUsers"))["users"]] == [boss.id]
    assert [one["email"] for one in said(caller.get("/users?type=ActiveUsers"))["users"]] == [paul.email, boss.email]
    org = said(caller.get("/org"))["org"][0]
    assert (org["zgid"], org["id"] != org["zgid"], org["license_details"]["paid_type"]) == (northlight.id, True, "enterprise")
    roles = {one["name"]: one["reporting_to"] for one in said(caller.get("/settings/roles"))["roles"]}
    assert (roles["CEO"], roles["Sales representative"]["name"]) == (None, "Sales manager")
    profile = said(caller.get(f"/settings/profiles/{paul.profile.id}"))["profiles"][0]
    assert any(one["name"] == "Crm_Implied_Edit_Leads" and one["enabled"] for one in profile["permissions_details"])
    assert said(caller.get("/settings/emails/actions/from_addresses"))["from_addresses"][0]["email"] == paul.email


def test_records_kept_private_are_there_for_their_owner_alone(
    zoho_server: Zoho, northlight: Organisation, caller: Caller, paul: User
) -> None:
    northlight.private.add("Leads")
    lead = northlight.record("Leads", northlight.user("Ann Ray", "ann@northlight.example"), Last_Name="Daly")
    assert caller.get(f"/Leads/{lead}").status == 204
    assert caller.query("select Last_Name from Leads where Last_Name = 'Daly'").status == 204
    boss = Caller(zoho_server, northlight.user("Ann Boss", "boss@northlight.example", admin=True))
    assert boss.get(f"/Leads/{lead}").status == 200
