"""The set-up pages of a company's administrator, on the console's blueprint."""

from flask import Blueprint

from console.setup.crm import add_crm_pages
from console.setup.delegation import add_delegation_page
from console.setup.desk import Desk
from console.setup.health import add_health_page
from console.setup.overview import add_overview
from console.setup.people import add_people_pages
from console.setup.policy import add_policy_page


def add_setup_pages(console: Blueprint, desk: Desk) -> None:
    add_overview(console, desk)
    add_crm_pages(console, desk)
    add_people_pages(console, desk)
    add_policy_page(console, desk)
    add_health_page(console, desk)
    add_delegation_page(console, desk)
