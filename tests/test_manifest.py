"""The manifests, read as Google reads them, and held against what is served, asked for and written down."""

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from google.cloud.gsuiteaddons_v1 import Deployment

from addon.errors import EMAIL_SCOPE, READ_SCOPE
from crm_client.zoho.data_centres import CHINA, DATA_CENTRES
from main import create_app
from manifest.__main__ import main
from manifest.addon import LONGEST_NAME, AddOn, sidecard
from settings import Settings

ROOT = Path(__file__).parent.parent
BASE = "https://sidecard.example.com"
FILES = ["appsscript.json", "deployment.domain.json", "deployment.individual.json"]
DEPLOYMENTS = FILES[1:]
SHORT_DESCRIPTION = 200
LONG_DESCRIPTION = 16_000

Json = dict[str, Any]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manifests") / "new"
    assert main(["--base-url", BASE, "--out", str(folder)]) == 0
    return folder


def read(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def app(tmp_path: Path, sqlite_template: Path) -> Flask:
    """The service as Google meets it, at the address of the manifests."""
    url = f"sqlite:///{tmp_path / 'test.sqlite'}"
    (tmp_path / "test.sqlite").write_bytes(sqlite_template.read_bytes())
    return create_app(
        Settings(
            base_url=BASE,
            secret_key="k" * 32,
            google_service_account="service-1@gcp-sa-gsuiteaddons.iam.gserviceaccount.com",
            google_client_id="1-x.apps.googleusercontent.com",
            SIDECARD_DATABASE_URL=url,
        )
    )


def test_it_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--base-url", BASE, "--out", str(tmp_path)]) == 0
    assert sorted(capsys.readouterr().out.split()) == [str(tmp_path / name) for name in FILES]
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


@pytest.mark.parametrize(
    "url",
    [
        "http://sidecard.example.com",
        "sidecard.example.com",
        "https://sidecard.example.com/",
        "https://sidecard.example.com/crm",
        "https://sidecard.example.com?a=b",
        "https://sidecard.example.com#top",
        "https://me@sidecard.example.com",
        "https://Sidecard.example.com",
        "https://localhost",
        "https://127.0.0.1:8080",
        "https://sidecard.example.com\n",
        "https://",
    ],
)
def test_an_address_google_could_not_use_is_refused_with_a_sentence(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--base-url", url, "--out", str(tmp_path)]) == 2
    assert re.search(r": must be.+\.$", capsys.readouterr().err.strip())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_google_reads_the_deployment(out: Path, name: str) -> None:
    """Strictly: an unknown field or a wrong type fails. Google's package is older than one field, and that one only."""
    manifest = read(out / name)
    assert manifest["addOns"]["httpOptions"].pop("granularOauthPermissionSupport") == "OPT_IN"
    deployment = Deployment.from_json(json.dumps(manifest), ignore_unknown_fields=False)
    assert json.loads(Deployment.to_json(deployment, always_print_fields_with_no_presence=False, use_integers_for_enums=False)) == manifest
    assert deployment.add_ons.http_options.authorization_header.name == "SYSTEM_ID_TOKEN"
    assert deployment.add_ons.common.use_locale_from_app is True


def test_appsscript_json_is_in_step(out: Path) -> None:
    """The file at the root is what the command writes, and says what the deployment says but for how Google calls us."""
    assert (ROOT / "appsscript.json").read_text(encoding="utf-8") == (out / "appsscript.json").read_text(encoding="utf-8")
    script, deployment = read(out / "appsscript.json"), read(out / "deployment.individual.json")
    assert script["oauthScopes"] == deployment["oauthScopes"]
    assert differing(script["addOns"], deployment["addOns"]) == {
        "common.homepageTrigger.runFunction",
        "gmail.contextualTriggers.0.onTriggerFunction",
        "httpOptions",
    }
    functions = [script["addOns"]["common"]["homepageTrigger"]["runFunction"], *triggers(script)[1:]]
    assert all(function.isidentifier() for function in functions)


def test_domain_and_individual_differ_where_the_page_says(out: Path) -> None:
    section = (ROOT / "docs" / "install-marketplace.md").read_text(encoding="utf-8").split("\n## What differs between the two\n")[1]
    said = set(re.findall(r"^\| `([^`]+)` \|", section.split("\n## ")[0], re.MULTILINE))
    assert differing(read(out / "deployment.individual.json"), read(out / "deployment.domain.json")) == said


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_every_address_is_ours_or_a_crm_s(out: Path, name: str) -> None:
    manifest = read(out / name)
    common = manifest["addOns"]["common"]
    called = [*triggers(manifest), common["logoUrl"], *(link["openLink"] for link in common["universalActions"])]
    assert [url for url in called if not url.startswith(f"{BASE}/") or "?" in url] == []
    prefixes = common["openLinkUrlPrefixes"]
    assert [prefix for prefix in prefixes if not re.fullmatch(r"https://[a-z.]+/([a-z]+/)?", prefix)] == []
    assert prefixes[0] == f"{BASE}/"
    for centre in (*DATA_CENTRES.all, *CHINA.all):
        assert f"{centre.web}/crm/org1/tab/Leads/2".startswith(tuple(prefixes)), centre.location


def test_what_the_manifest_names_is_served(out: Path, app: Flask) -> None:
    manifest = read(out / "deployment.individual.json")
    posted = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    shown = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert {url.removeprefix(BASE) for url in triggers(manifest)} <= posted
    assert {link["openLink"].removeprefix(BASE) for link in manifest["addOns"]["common"]["universalActions"]} <= shown


def test_every_trigger_of_ours_is_declared(out: Path, app: Flask) -> None:
    """A compose route, once there is one, has to be in the manifest too."""
    entries = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/addon/") and not rule.arguments}
    assert entries == {url.removeprefix(BASE) for url in triggers(read(out / "deployment.individual.json"))}


def test_the_logo_is_public_and_a_png(out: Path, app: Flask) -> None:
    """Google fetches it without a sign-in, draws no SVG, and wants it square."""
    url = read(out / "deployment.individual.json")["addOns"]["common"]["logoUrl"]
    answer = app.test_client().get(url.removeprefix(BASE))
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert png_size(answer.data) == (128, 128)


def test_images_of_the_listing_have_the_size_they_are_named_for() -> None:
    images = list((ROOT / "manifest" / "images").glob("*.png"))
    assert len(images) > 3
    assert {path.name for path in images if "-{}x{}.png".format(*png_size(path.read_bytes())) not in path.name} == set()


def test_every_scope_has_its_reason(out: Path) -> None:
    page = (ROOT / "docs" / "scopes.md").read_text(encoding="utf-8")
    section = page.split("\n## What the add-on asks for\n")[1].split("\n## ")[0]
    explained = re.findall(r"^\| `(https://[^`]+)` \| .{30,} \| .{30,} \|$", section, re.MULTILINE)
    for name in FILES:
        assert read(out / name)["oauthScopes"] == explained


def test_what_the_code_asks_for_is_in_the_manifest(out: Path) -> None:
    """Google refuses to ask for a scope the manifest does not have."""
    assert {READ_SCOPE, EMAIL_SCOPE} <= set(read(out / "deployment.individual.json")["oauthScopes"])


def test_a_long_name_is_refused() -> None:
    made = sidecard(BASE)
    assert len(made.name) <= LONGEST_NAME
    with pytest.raises(ValueError, match="15 characters"):
        AddOn("Sidecard for all", made.logo_url, made.colour, made.scopes, made.home, made.message, made.menu, made.link_prefixes)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_listing_texts_fit(language: str) -> None:
    listing = sections(ROOT / "manifest" / "listing" / f"{language}.md")
    assert list(listing) == ["Application name", "Short description", "Detailed description"]
    assert listing["Application name"] == sidecard(BASE).name
    assert 50 < len(listing["Short description"]) <= SHORT_DESCRIPTION
    assert 500 < len(listing["Detailed description"]) < LONG_DESCRIPTION
    assert "google" not in listing["Short description"].lower()


def triggers(manifest: Json) -> list[str]:
    add_ons = manifest["addOns"]
    return [
        add_ons["common"]["homepageTrigger"]["runFunction"],
        *(trigger["onTriggerFunction"] for trigger in add_ons["gmail"]["contextualTriggers"]),
    ]


def differing(one: Any, other: Any, path: str = "") -> set[str]:
    """The paths at which two manifests are not the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs: Iterator[tuple[str, Any, Any]] = ((key, one.get(key), other.get(key)) for key in one.keys() | other.keys())
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = ((str(number), *pair) for number, pair in enumerate(zip(one, other, strict=True)))
    else:
        return set() if one == other else {path}
    return {found for key, left, right in pairs for found in differing(left, right, f"{path}.{key}" if path else key)}


def sections(path: Path) -> dict[str, str]:
    """The texts of a page by their heading."""
    parts = path.read_text(encoding="utf-8").split("\n## ")[1:]
    return {heading: text.strip() for heading, _, text in (part.partition("\n") for part in parts)}


def png_size(image: bytes) -> tuple[int, int]:
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", image[16:24])
    return width, height
