"""`python -m i18n`: collects the texts of the source into the template and the translations."""

from i18n.catalogue import TEMPLATE, update

if __name__ == "__main__":
    missing = update()
    print(f"Written: {TEMPLATE.name} and the translations beside it.")
    for language, count in missing.items():
        print(f"{language}: {count} to translate")
