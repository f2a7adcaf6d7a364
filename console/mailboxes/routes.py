"""The pages on mailboxes, on the console's blueprint."""

from flask import Blueprint

from console.mailboxes.connecting import add_connecting_pages
from console.mailboxes.consent import add_consent_pages
from console.mailboxes.desk import MailboxDesk
from console.mailboxes.folders import add_folders_page
from console.mailboxes.overview import add_overview
from console.mailboxes.settings import add_settings_pages


def add_mailbox_pages(console: Blueprint, desk: MailboxDesk) -> None:
    add_overview(console, desk)
    add_connecting_pages(console, desk)
    add_consent_pages(console, desk)
    add_settings_pages(console, desk)
    add_folders_page(console, desk)
