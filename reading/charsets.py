"""Bytes of a mail to text: any declared charset, none, or a wrong one. Never raises; what cannot be read becomes U+FFFD."""

import codecs
import re

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}")
# The Chinese, Korean and Japanese subsets stand for their supersets, as in browsers. ASCII and Latin-1 stand for "nobody
# looked": 8-bit bytes that call themselves so are guessed at like undeclared ones.
_MEANT = {
    "ascii": "",
    "iso8859-1": "",
    "cp1252": "",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    # Python codecs that are no charset of a mail: slow on long input, or able to refuse whatever the error handler.
    **dict.fromkeys(("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"), ""),
}


def decode(data: bytes, charset: str) -> str:
    """The text of `data`. Without a usable charset, or with a Western one: UTF-8 if it is that, else Windows-1252."""
    codec = _codec(charset)
    if codec:
        try:
            return data.decode(codec, "replace")
        except LookupError:  # a codec of Python's that does not make text, such as "zlib"
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _codec(charset: str) -> str:
    """Python's name of the charset, "" where it is missing, unknown or not to be used."""
    if not _NAME.fullmatch(charset):
        return ""
    try:
        name = codecs.lookup(charset).name
    except LookupError:
        return ""
    return _MEANT.get(name, name)
