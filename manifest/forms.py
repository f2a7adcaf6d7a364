"""The add-on in Google's two forms. Field names: docs/install-marketplace.md names the pages they come from.

An HTTP deployment is what Google installs. `appsscript.json` is the same in the words of an Apps Script project, where
triggers are functions of that project; Google takes no addresses there.
"""

from typing import Any

from manifest.addon import AddOn

Json = dict[str, Any]


def http_deployment(addon: AddOn) -> Json:
    """A `google.cloud.gsuiteaddons.v1.Deployment`."""
    return {
        "oauthScopes": list(addon.scopes),
        "addOns": {
            "common": _common(addon, addon.home.url),
            "gmail": _gmail(addon.message.url),
            "httpOptions": {"authorizationHeader": "SYSTEM_ID_TOKEN", "granularOauthPermissionSupport": "OPT_IN"},
        },
    }


def apps_script(addon: AddOn) -> Json:
    """An Apps Script project's manifest."""
    return {
        "timeZone": "Etc/UTC",
        "dependencies": {},
        "exceptionLogging": "NONE",
        "runtimeVersion": "V8",
        "oauthScopes": list(addon.scopes),
        "addOns": {"common": _common(addon, addon.home.function), "gmail": _gmail(addon.message.function)},
    }


def _common(addon: AddOn, home: str) -> Json:
    return {
        "name": addon.name,
        "logoUrl": addon.logo_url,
        "layoutProperties": {"primaryColor": addon.colour, "secondaryColor": addon.colour},
        "useLocaleFromApp": True,
        "homepageTrigger": {"runFunction": home, "enabled": True},
        "universalActions": [{"label": link.label, "openLink": link.url} for link in addon.menu],
        "openLinkUrlPrefixes": list(addon.link_prefixes),
    }


def _gmail(message: str) -> Json:
    """There is no other contextual trigger than the one for every message."""
    return {"contextualTriggers": [{"unconditional": {}, "onTriggerFunction": message}]}
