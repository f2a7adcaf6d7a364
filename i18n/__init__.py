"""Text, dates and numbers in the reader's own language and time zone. Knows no other room."""

from i18n.language import ENGLISH, Language, Languages, later

__all__ = ["ENGLISH", "Language", "Languages", "later"]
