"""A CSV file of people as it comes in, and what is wrong with it, line by line."""

from flask import request

from i18n import Language, later
from tenants.roster import NO_ADDRESS, NO_CRM_USER, NO_HEADER, OTHER_DOMAIN, TOO_LONG, TWICE, CsvProblem

MOST_BYTES = 5 * 1024 * 1024
MOST_TOLD = 50

_WORDS = {
    NO_HEADER: later("Line {line}: the header has to name the columns email and crm_user."),
    NO_ADDRESS: later("Line {line}: “{value}” is nobody on this list."),
    TWICE: later("Line {line}: {value} stands in the file twice."),
    OTHER_DOMAIN: later("Line {line}: {value} is not of your company."),
    NO_CRM_USER: later("Line {line}: the CRM has no user “{value}”, or several of that name."),
    TOO_LONG: later("Line {line}: this is longer than any file of ours."),
}


def uploaded_text() -> str | None:
    """None: no file, too large a one, or not text in UTF-8."""
    file = request.files.get("file")
    content = b"" if file is None else file.stream.read(MOST_BYTES + 1)
    if not content or len(content) > MOST_BYTES:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def problems_in_words(language: Language, problems: tuple[CsvProblem, ...]) -> tuple[str, ...]:
    lines = [language.text(_WORDS[one.code], line=language.number(one.line), value=one.value[:100]) for one in problems[:MOST_TOLD]]
    left = len(problems) - MOST_TOLD
    if left > 0:
        lines.append(language.plural("And {count} more line.", "And {count} more lines.", left))
    return (*lines, language.text("Nothing was taken over: mend the file and send it again."))
