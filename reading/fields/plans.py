"""The numbering plans of the countries most mails come from. Each is otherwise read and compiled when its first number is met,
which takes some milliseconds."""

import phonenumbers

_REGIONS = (
    *("US", "CA", "GB", "IE", "FR", "BE", "CH", "LU", "DE", "AT", "ES", "PT", "IT", "NL", "SE", "DK", "NO", "FI", "PL", "CZ", "HU", "RO"),
    *("GR", "TR", "IL", "RU", "UA", "IN", "CN", "TW", "HK", "JP", "KR", "SG", "AU", "NZ", "BR", "MX", "AR", "CL", "CO", "ZA", "MA", "AE"),
)


def load_plans() -> None:
    """Once, when a process starts; about 60 ms."""
    for region in _REGIONS:
        number = phonenumbers.example_number(region)
        if number is not None:
            written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
            phonenumbers.number_type(phonenumbers.parse(written, region))
