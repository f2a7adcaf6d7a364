"""`python -m db upgrade`: brings the tables of the configured database up to date."""

import argparse

from db.engine import Database
from db.migrate import upgrade
from settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m db", description=__doc__)
    parser.add_argument("command", choices=["upgrade"])
    parser.parse_args()
    database = Database(Settings().database_url)
    upgrade(database)
    database.close()
    print("The database is up to date.")


if __name__ == "__main__":
    main()
