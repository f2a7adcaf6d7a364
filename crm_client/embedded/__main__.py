"""`python -m crm_client.embedded`: the users of the embedded CRM, until its pages can add them.

python -m crm_client.embedded organisations
python -m crm_client.embedded add-user --org 1 --email ada@example.com --name "Ada Marsh"
"""

import argparse
import sys

from sqlalchemy import select

from crm_client.embedded.defaults import SALES_REPRESENTATIVE
from crm_client.embedded.organisation import add_user
from crm_client.embedded.tables import OrgRow
from crm_client.errors import CrmError
from db import Database, table
from settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m crm_client.embedded", description="Users of the embedded CRM.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("organisations", help="lists the organisations and their ids")
    user = commands.add_parser("add-user", help="adds an active user")
    user.add_argument("--org", type=int, required=True, help="id of the organisation")
    user.add_argument("--email", required=True, help="his Workspace address")
    user.add_argument("--name", required=True)
    user.add_argument("--role", default=SALES_REPRESENTATIVE)
    user.add_argument("--profile", default="Standard", help="Administrator, Standard or Read only")
    wanted = parser.parse_args()
    database = Database(Settings().database_url)
    try:
        if wanted.command == "organisations":
            with database.read() as connection:
                for row in connection.execute(select(table(OrgRow).c.id, table(OrgRow).c.name)):
                    print(row.id, row.name)
            return 0
        add_user(database, wanted.org, name=wanted.name, email=wanted.email.lower(), role=wanted.role, profile=wanted.profile)
    except CrmError as error:
        print(f"not added ({error}): is there a user with this address already, or no such organisation, role or profile?", file=sys.stderr)
        return 1
    finally:
        database.close()
    print(f"{wanted.name} can use the CRM from now on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
