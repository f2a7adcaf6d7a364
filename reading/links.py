"""Where a link leads, through the redirects that mail filters and trackers put before it. Nothing is fetched: the target stands
in the link itself."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

_MAX_URL = 2_000
_MAX_LAYERS = 3
_MAX_PARAMETERS = 40
# Hosts that redirect, and the query parameter that holds the target.
_REDIRECTS: tuple[tuple[str, str], ...] = (
    ("safelinks.protection.outlook.com", "url"),
    ("urldefense.proofpoint.com", "u"),
    ("urldefense.com", "u"),
    ("linkprotect.cudasvc.com", "a"),
    ("google.com", "q"),
    ("google.com", "url"),
    ("sidekickopen.com", "url"),
    ("hubspotlinks.com", "url"),
    ("facebook.com", "u"),
    ("linkedin.com", "url"),
    ("slack-redir.net", "url"),
    ("clicktime.symantec.com", "u"),
)
_SIDEKICK = re.compile(r"(?:^|\.)(?:t\.)?(?:sidekick|hubspot|hs-)[a-z0-9.-]*\.(?:com|net)$")
_DEFENSE_3 = re.compile(r"/v3/__(.+?)__;", re.DOTALL)


def unwrapped(url: str) -> str:
    """The link's target; the link itself where it is no known redirect or cannot be read."""
    target = url
    for _ in range(_MAX_LAYERS):
        inner = _inner(target)
        if not inner:
            break
        target = inner
    return target


def _inner(url: str) -> str:
    if len(url) > _MAX_URL or not url.lower().startswith(("http://", "https://")):
        return ""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:  # brackets that are no IPv6 address
        return ""
    third = _DEFENSE_3.search(url) if host.endswith("urldefense.com") else None
    if third:
        return _plausible(third[1])
    for redirect, parameter in _REDIRECTS:
        if (host == redirect or host.endswith(f".{redirect}")) and f"{parameter}=" in parts.query:
            return _of_parameter(parts.query, parameter, host)
    if "url=" in parts.query and _SIDEKICK.search(host):
        return _of_parameter(parts.query, "url", host)
    return ""


def _of_parameter(query: str, parameter: str, host: str) -> str:
    try:
        target = parse_qs(query.replace("&amp;", "&"), max_num_fields=_MAX_PARAMETERS)[parameter][0]
    except (ValueError, KeyError):  # too many parameters, or none of that name with a value
        return ""
    if host == "urldefense.proofpoint.com" and not target.startswith("http://"):
        target = unquote(target.replace("-", "%").replace("_", "/"))
    return _plausible(target)


def _plausible(target: str) -> str:
    repaired = re.sub(r"^(https?):/(?!/)", r"\1://", target)
    return repaired if repaired.lower().startswith(("http://", "https://")) and " " not in repaired else ""
