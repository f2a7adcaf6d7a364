"""A mail's HTML is somebody else's program: nothing of it runs, loads, covers or leaves."""

import re
import time

import pytest
from playwright.sync_api import Page

from salesinbox.rendering import MAX_TAGS, show_html
from tests.nasty_mails import NASTY

ATTRIBUTES = (
    "href|src|alt|style|dir|lang|title|align|valign|width|height|bgcolor|border|color|face|size|target|rel|colspan|rowspan|nowrap"
    "|cellpadding|cellspacing|span|start|type|value|datetime"
)
ALLOWED = re.compile(rf'[a-z0-9]+(?:\s(?:{ATTRIBUTES})(?:="[^"]*")?)*')


@pytest.mark.parametrize("name", NASTY)
def test_nothing_dangerous_is_left(name: str) -> None:
    shown = show_html(NASTY[name])
    assert shown is not None
    for tag in re.findall(r"<(?!/)([^>]*)>", shown.html):
        assert ALLOWED.fullmatch(tag), tag
    assert not re.search(
        r"(?i)<(?:script|style|svg|math|iframe|object|embed|form|input|button|meta|base|link|video|audio|source|template)", shown.html
    )
    for target in re.findall(r'href="([^"]*)"', shown.html):
        assert target.startswith(("http://", "https://", "mailto:", "tel:")), target
    assert not re.search(r'src="(?!data:image/(?:png|jpeg|gif|webp);base64,)', shown.html)
    assert not re.search(r"(?i)url\(|expression|position|behavior|binding|@import", " ".join(re.findall(r'style="([^"]*)"', shown.html)))


def test_a_browser_finds_nothing_to_run_or_load_even_without_our_policies(page: Page, faults: list[str]) -> None:
    shown = [show_html(mail) for mail in NASTY.values()]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.set_content("<!doctype html><title>x</title>" + "".join(one.html for one in shown if one))
    page.wait_for_timeout(100)
    page.mouse.move(200, 200)
    assert (asked, faults) == ([], [])
    assert page.locator("script, style, svg, iframe, form, input, object, embed, meta[http-equiv], base, link").count() == 0


def test_what_is_harmless_stays() -> None:
    mail = (
        '<div style="font-family: Arial, sans-serif; color: rgb(20, 30, 40); padding: 4px 8px !important; position: absolute">'
        "Dear <b>Paul</b>,</div>"
        '<table border="1"><tr><td colspan="2" bgcolor="#eee">1</td></tr></table><ul><li>One</li></ul><blockquote>Before</blockquote>'
        '<a href=" HTTPS://shop.example/?a=1&amp;b=2 ">shop</a> <a href="tel:+33123">call</a>'
        '<img src="data:image/png;base64,iVBORw0KGgo=" alt="">'
    )
    shown = show_html(mail)
    assert shown is not None and shown.images == 0
    assert 'style="font-family:Arial, sans-serif;color:rgb(20, 30, 40);padding:4px 8px !important">Dear <b>Paul</b>' in shown.html
    assert '<td colspan="2" bgcolor="#eee">1</td>' in shown.html and "<blockquote>Before</blockquote>" in shown.html
    assert 'href="HTTPS://shop.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow"' in shown.html.replace(
        'rel="noopener noreferrer nofollow" target="_blank"', 'target="_blank" rel="noopener noreferrer nofollow"'
    )
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in shown.html


def test_images_that_are_elsewhere_are_counted_and_named() -> None:
    shown = show_html('<img src="http://a.example/1.png" alt="Our stand"><img src="cid:2"><img src="https://a.example/3.png">')
    assert shown is not None and shown.images == 3 and 'alt="Our stand"' in shown.html and "a.example" not in shown.html


def test_a_mail_made_to_keep_the_server_busy_does_not() -> None:
    least = 10.0
    for piece in ("<div>", "<ul><li>", "<b><i></b>", "<p><b>", "<table><tr><td>", "<div><table></div></table>", "<font>", "<a href=x>"):
        for length in (300_000, MAX_TAGS * 6):
            mail = (piece * (length // len(piece) + 1))[:length]
            began = time.process_time()
            show_html(mail)
            least = min(least, 3.0 - (time.process_time() - began))
    began = time.process_time()
    show_html("<a " + " ".join(f"a{n}=1" for n in range(40_000)))
    assert min(least, 3.0 - (time.process_time() - began)) > 0
    assert show_html("<p>x" * (MAX_TAGS + 1)) is None
    long = show_html("<p>" + "Words and words. " * 17_000 + "</p>")
    assert long is not None and len(long.html) > 280_000
