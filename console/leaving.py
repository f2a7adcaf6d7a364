"""All pages about going away: a person's own, the administrator's, and the page each erasing has."""

from flask import Blueprint

from console.erasure import add_erasure_pages
from console.setup.desk import Desk
from console.setup.erasing import add_erasing_pages
from console.setup.leaver import add_leaver_pages
from console.visitors import Visitors
from linking.contact_erasure import ContactErasure
from salesinbox.erasing import forget_contact
from tenants.erasure import Erasures
from tenants.receipts import Receipts
from tenants.vault import Vault


def add_leaving_pages(console: Blueprint, desk: Desk, visitors: Visitors, vault: Vault) -> None:
    erasures, receipts = Erasures(desk.database, desk.tombstones, desk.installs.retention), Receipts(vault)
    add_erasure_pages(console, desk.pages, visitors, desk.installs, erasures, receipts)
    contacts = ContactErasure(desk.database, vault, erasures, receipts, forget_contact(desk.database, vault))
    add_erasing_pages(console, desk, erasures, contacts)
    add_leaver_pages(console, desk, erasures)
