"""By what addresses are compared: two ways of writing one mailbox's address are one key, where its provider says so.

Nowhere else: at an unknown domain `anna+shop@` may be somebody else than `anna@`.
"""

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class _Rule:
    """A provider that passes over a plus and what follows, and perhaps dots. `domain`: as what all its domains of one mailbox stand."""

    dots: bool = False
    domain: str = ""


_PLUS = _Rule()
_GMAIL, _ICLOUD, _PROTON = _Rule(dots=True, domain="gmail.com"), _Rule(domain="icloud.com"), _Rule(domain="proton.me")
_OUTLOOK = "com at be cl cz de dk es fr hu ie in it jp kr lv my ph pt sa sg sk co.id co.il co.th com.ar com.au com.br com.gr com.tr com.vn"
_HOTMAIL = "com be ca ch cl co.il co.jp co.nz co.th co.uk co.za com.ar com.au com.br com.tr de dk es fi fr gr hu it nl no se sg"
_LIVE = "com at be ca cl cn co.kr co.uk co.za com.ar com.au com.mx com.my com.ph com.pt com.sg de dk fi fr hk ie in it jp nl no ru se"
# Yahoo's keyword after a hyphen is left alone: nothing tells it from a hyphen in a name.
_RULES: dict[str, _Rule] = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), _GMAIL),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), _ICLOUD),
    **dict.fromkeys(("proton.me", "protonmail.com", "protonmail.ch", "pm.me"), _PROTON),
    **dict.fromkeys(("fastmail.com", "fastmail.fm", "msn.com"), _PLUS),
    **dict.fromkeys(("zoho.com", "zoho.eu", "zoho.in", "zohomail.com", "zohomail.eu", "zohomail.in"), _PLUS),
    **{f"{name}.{end}": _PLUS for name, ends in (("outlook", _OUTLOOK), ("hotmail", _HOTMAIL), ("live", _LIVE)) for end in ends.split()},
}


@lru_cache(maxsize=8192)
def address_key(address: str) -> str:
    """The address in lower case, without what its provider passes over."""
    lowered = address.strip().lower()
    local, at, domain = lowered.rpartition("@")
    rule = _RULES.get(domain)
    if rule is None or not at:
        return lowered
    kept = local.partition("+")[0]
    if rule.dots:
        kept = kept.replace(".", "")
    return f"{kept or local}@{rule.domain or domain}"
