"""Who works here and how the organisation is set up: users, org, modules, fields, layouts, roles, profiles, sender addresses."""

from tests.zoho.fields import Field, described
from tests.zoho.modules import Module
from tests.zoho.organisation import Organisation, Profile, User, no_permission
from tests.zoho.wire import NOTHING, Answer, Json, Refused, Request, lacks_parameter

_LABELS = {"Contacts": "Contact", "Leads": "Lead", "Deals": "Deal", "Accounts": "Account", "Tasks": "Task", "Notes": "Note"}
_SECTION_ACTIONS = ("add_field", "rename", "change_tab_traversal", "reorder", "delete", "remove_field", "change_column_count")


def users(organisation: Organisation, user: User, request: Request) -> Answer:
    found = {
        "CurrentUser": [user],
        "AllUsers": organisation.users,
        "ActiveUsers": [one for one in organisation.users if one.status == "active"],
        "ActiveConfirmedUsers": [one for one in organisation.users if one.status == "active"],
        "AdminUsers": [one for one in organisation.users if one.admin],
        "ActiveConfirmedAdmins": [one for one in organisation.users if one.admin and one.status == "active"],
        "DeactiveUsers": [one for one in organisation.users if one.status == "inactive"],
        "DeletedUsers": [one for one in organisation.users if one.status == "deleted"],
    }.get(request.query.get("type", "AllUsers"))
    if found is None:
        raise Refused(400, "INVALID_DATA", {"param_name": "type"}, "invalid data")
    page, per_page = int(request.query.get("page", "1")), min(int(request.query.get("per_page", "200")), 200)
    part = found[(page - 1) * per_page : page * per_page]
    if not part:
        return NOTHING
    info = {"per_page": per_page, "count": len(part), "page": page, "more_records": len(found) > page * per_page}
    return Answer(200, {"users": [_user(one) for one in part], "info": info})


def _user(one: User) -> Json:
    return {
        "id": one.id, "zuid": one.zuid, "email": one.email, "full_name": one.name, "first_name": one.first_name, "last_name": one.last_name,
        "status": one.status, "confirm": one.status == "active", "profile": {"name": one.profile.name, "id": one.profile.id},
        "role": {"name": one.role.name, "id": one.role.id}, "country": None, "locale": one.locale, "language": one.locale,
        "time_zone": one.organisation.time_zone, "type__s": "Regular User", "Reporting_To": None, "imap_status": False,
    }  # fmt: skip


def org(organisation: Organisation, user: User, request: Request) -> Answer:
    licence = {
        "paid_expiry": None, "users_license_purchased": 10, "trial_type": None, "trial_expiry": None,
        "paid": organisation.edition != "free", "paid_type": organisation.edition, "portal_users_license_purchased": 0,
    }  # fmt: skip
    said = {
        "id": organisation.row_id, "zgid": organisation.id, "domain_name": organisation.domain_name, "company_name": organisation.name,
        "type": "production", "country": None, "country_code": None, "currency": "Euro", "iso_code": "EUR", "currency_symbol": "€",
        "currency_locale": "de_DE", "time_zone": organisation.time_zone, "primary_email": None, "primary_zuid": None,
        "gapps_enabled": False,
        "license_details": licence,
    }  # fmt: skip
    return Answer(200, {"org": [said]})


def modules(organisation: Organisation, user: User, request: Request) -> Answer:
    return Answer(200, {"modules": [_module(organisation, user, one, place) for place, one in enumerate(organisation.modules.values(), 1)]})


def _module(organisation: Organisation, user: User, module: Module, place: int) -> Json:
    name = module.api_name
    may = user.profile.may
    return {
        "global_search_supported": True, "public_fields_configured": False, "recycle_bin_on_delete": True, "has_more_profiles": False,
        "sub_menu_available": True, "profile_count": len(organisation.profiles), "deletable": True, "description": None, "id": module.id,
        "profiles": [{"name": one.name, "id": one.id} for one in organisation.profiles], "status": "visible", "sequence_number": place,
        "api_name": name, "module_name": name, "singular_label": _LABELS[name], "plural_label": name, "api_supported": True,
        "creatable": may("create", name), "editable": may("edit", name), "viewable": may("view", name),
        "generated_type": "default", "show_as_tab": name != "Notes", "web_link": None, "module_type": "ENTITIES",
    }  # fmt: skip


def fields(organisation: Organisation, user: User, request: Request) -> Answer:
    # Which profile sees a field is for those who may change that.
    told = organisation.profiles if user.admin else []
    listed = [one for one in _asked(organisation, request).fields.values() if not one.deleted]
    return Answer(200, {"fields": [described(one) | {"profiles": [_of_field(one, profile) for profile in told]} for one in listed]})


def _of_field(one: Field, profile: Profile) -> Json:
    return {"permission_type": one.permissions.get(profile.name, "read_write"), "name": profile.name, "id": profile.id}


def layouts(organisation: Organisation, user: User, request: Request) -> Answer:
    module = _asked(organisation, request)
    entries = [one for one in module.fields.values() if one.in_layout and one.usable]
    section = {
        "isSubformSection": False, "display_label": f"{_LABELS[module.api_name]} Information", "mode": "all", "sequence_number": 1,
        "actions_allowed": dict.fromkeys(_SECTION_ACTIONS, True),
        "tab_traversal": "left_to_right", "api_name": f"{_LABELS[module.api_name]}_Information", "column_count": 2,
        "name": f"{_LABELS[module.api_name]} Information", "generated_type": "default",
        "id": f"{int(module.layout_id) + 500000}", "type": "used",
        "fields": [described(one, layout_place=place) for place, one in enumerate(entries, 1)],
    }  # fmt: skip
    layout = {
        "has_more_profiles": False, "created_time": None, "visible": True, "created_for": None, "source": "crm",
        "profiles": [_of_layout(one, module.layout_id) for one in organisation.profiles], "sections": [section],
        "display_label": "Standard", "show_business_card": True, "modified_time": None, "api_name": "Standard", "name": "Standard",
        "actions_allowed": dict.fromkeys(("edit", "rename", "clone", "downgrade", "delete", "deactivate", "set_layout_permissions"), False),
        "modified_by": None, "generated_type": "system", "id": module.layout_id, "status": "active",
    }  # fmt: skip
    return Answer(200, {"layouts": [layout]})


def _of_layout(profile: Profile, layout_id: str) -> Json:
    view = {"name": "Standard", "id": layout_id, "type": "layout"}
    return {"_default_assignment_view": view, "default": True, "name": profile.name, "id": profile.id, "_default_view": view}


def _asked(organisation: Organisation, request: Request) -> Module:
    if "module" not in request.query:
        raise lacks_parameter("module")
    module = organisation.modules.get(request.query["module"])
    if module is None:
        raise Refused(400, "INVALID_MODULE", {}, "the module name given seems to be invalid")
    return module


def roles(organisation: Organisation, user: User, request: Request) -> Answer:
    _demand_setup(user, "Crm_Implied_Manage_Roles")
    names = {one.id: one.name for one in organisation.roles}
    unknown = dict.fromkeys(("forecast_manager", "description", "created_by__s", "modified_by__s", "modified_time__s", "created_time__s"))
    said = [
        unknown
        | {"id": one.id, "name": one.name, "display_label": one.name, "share_with_peers": one.peers}
        | {"reporting_to": {"id": one.reports_to, "name": names[one.reports_to]} if one.reports_to else None}
        for one in organisation.roles
    ]
    return Answer(200, {"roles": said})


def profiles(organisation: Organisation, user: User, request: Request) -> Answer:
    _demand_setup(user, "Crm_Implied_Manage_Profiles")
    return Answer(200, {"profiles": [_profile(one) for one in organisation.profiles]})


def profile(organisation: Organisation, user: User, profile_id: str) -> Answer:
    _demand_setup(user, "Crm_Implied_Manage_Profiles")
    found = next((one for one in organisation.profiles if one.id == profile_id), None)
    if found is None:
        return NOTHING
    rights = [("Crm_Implied_Api_Access", None, found.api), ("Crm_Implied_View_Emails", None, found.emails)]
    for name, module in organisation.modules.items():
        entry = {"api_name": name, "id": module.id}
        rights += [(f"Crm_Implied_{right.title()}_{name}", entry, found.may(right, name)) for right in ("view", "create", "edit")]
    details = [
        {"display_label": name.replace("_", " "), "module": module, "name": name, "id": f"{int(found.id) + place}", "enabled": enabled}
        for place, (name, module, enabled) in enumerate(rights, 1)
    ]
    return Answer(200, {"profiles": [{**_profile(found), "permissions_details": details, "sections": []}]})


def _profile(one: Profile) -> Json:
    said = {"id": one.id, "name": one.name, "display_label": one.name, "api_name": one.name.replace(" ", "_"), "custom": one.custom}
    return said | {"type": "normal_profile", "created_time": None, "modified_time": None}


def _demand_setup(user: User, permission: str) -> None:
    if not (user.profile.setup or user.admin):
        raise no_permission(permission)


def from_addresses(organisation: Organisation, user: User, request: Request) -> Answer:
    return Answer(
        200, {"from_addresses": [{"email": user.email, "type": "primary", "user_name": user.name, "id": user.id, "default": True}]}
    )
