"""A mail's HTML as it may be shown: no script, no form, nothing that is loaded from anywhere or covers anything else.

What comes out is meant for a frame of its own with a policy of its own (console/emails.py): either would do alone.
"""

import re
from dataclasses import dataclass

import nh3

MAX_TAGS = 15_000
"""A parser of HTML looks through all open elements at every tag: a mail of nothing but nested lists would keep it for ten seconds."""

_SHOWN = (
    "a abbr address article aside b bdi big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section "
    "small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
_GONE_WITH_CONTENT = (
    "script style title template noscript noembed noframes iframe object applet audio video canvas svg math textarea select xmp"
)
_EVERYWHERE = {"style", "dir", "lang", "title", "align", "valign", "width", "height", "bgcolor"}
_CELL = {"colspan", "rowspan", "nowrap"}
_ATTRIBUTES = {
    "*": _EVERYWHERE,
    "a": {"href"},
    "img": {"src", "alt", "border"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": _CELL,
    "th": _CELL,
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
    "time": {"datetime"},
}
_STYLES = re.compile(
    r"(?:color|background-color|background|font(?:-(?:family|size|style|weight|variant))?|text-(?:align|decoration|indent|transform)"
    r"|line-height|letter-spacing|word-spacing|white-space|vertical-align|direction|list-style(?:-type)?|display|overflow|opacity"
    r"|visibility|(?:min-|max-)?(?:width|height)|float|clear|(?:margin|padding)(?:-(?:top|right|bottom|left))?|table-layout"
    r"|border(?:-(?:top|right|bottom|left))?(?:-(?:color|style|width))?|border-(?:radius|collapse|spacing)|word-break|overflow-wrap)"
)
_PLAIN_VALUE = re.compile(r"""[\w\s#%.,!'"+-]{1,300}""")
_COLOUR = re.compile(r"(?:rgb|hsl)a?\([\d\s.,%/deg-]{1,60}\)", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_HELD_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """`images`: how many were not loaded, because they are elsewhere."""

    html: str
    images: int


def show_html(html: str) -> Shown | None:
    """None: it is not to be shown, only the mail's text is."""
    if html.count("<") > MAX_TAGS:
        return None
    images = 0

    def kept(_tag: str, attribute: str, value: str) -> str | None:
        nonlocal images
        if attribute == "style":
            return _style(value) or None
        if attribute == "href":
            return value.strip() if _LINK.match(value.strip()) else None
        if attribute == "src":
            if _HELD_IMAGE.fullmatch(value):
                return value
            images += 1
            return None
        return value

    cleaned = nh3.clean(
        html,
        tags=set(_SHOWN.split()),
        clean_content_tags=set(_GONE_WITH_CONTENT.split()),
        attributes=_ATTRIBUTES,
        attribute_filter=kept,
        url_schemes={"http", "https", "mailto", "tel", "data", "cid"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Shown(cleaned, images)


def _style(text: str) -> str:
    """The declarations that say how something looks, without any that could fetch or cover something."""
    kept = []
    for declaration in text.split(";"):
        name, colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if colon and _STYLES.fullmatch(name) and _PLAIN_VALUE.fullmatch(_COLOUR.sub("colour", value)):
            kept.append(f"{name}:{value}")
    return ";".join(kept)
