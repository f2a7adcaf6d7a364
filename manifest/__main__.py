"""`python -m manifest --base-url URL --out DIR`: writes the manifests of the service at that address.

deployment.individual.json   for people who install it for themselves
deployment.domain.json       for a whole domain; today the same, see docs/install-marketplace.md
appsscript.json              the same add-on in Apps Script's form; not what gets installed
"""

import argparse
import json
import sys
from pathlib import Path

from manifest.addon import AddOn, sidecard
from manifest.forms import Json, apps_script, http_deployment


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m manifest", description="Writes the manifests Google installs the add-on from.")
    parser.add_argument("--base-url", required=True, metavar="URL", help="public address of the service, as in SIDECARD_BASE_URL")
    parser.add_argument("--out", required=True, metavar="DIR", type=Path, help="where to; made if it is not there")
    given = parser.parse_args(arguments)
    try:
        addon = sidecard(given.base_url)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    given.out.mkdir(parents=True, exist_ok=True)
    for name, manifest in rendered(addon).items():
        path = given.out / name
        path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        print(path)
    return 0


def rendered(addon: AddOn) -> dict[str, Json]:
    """What is written, by file name."""
    return {
        "deployment.individual.json": http_deployment(addon),
        "deployment.domain.json": http_deployment(addon),
        "appsscript.json": apps_script(addon),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
