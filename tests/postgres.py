"""A private PostgreSQL for one test session: started on first use, gone with the session however that ends."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

INSTALLED = Path("/usr/lib/postgresql")
START_SECONDS = 60
OWNER = "sidecard"
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "2GB",
}
DURABLE = dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "on")
# The shell outlives the session by a moment: when the session ends, even by kill -9, its end of the pipe closes,
# `read` returns, and server and files go away.
KEEPER = """
"$0/postgres" -D "$1/data" -k "$1" "${@:2}" > "$1/log" 2>&1 < /dev/null &
server=$!
read -r _
kill -QUIT $server 2> /dev/null
wait $server
rm -rf "$1"
"""


class Cluster:
    """Reached through a socket in its own directory. PostgreSQL refuses to run as root, so root lends it another user.

    `durable`: as one runs it in earnest, for measuring.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._options = OPTIONS | DURABLE if durable else OPTIONS
        self._binaries = _binaries()
        owner = unprivileged_user()
        self._uid = owner.pw_uid if owner else None
        self._gid = owner.pw_gid if owner else None
        self._groups: list[int] | None = [] if owner else None
        # Not TMPDIR: that may be closed to the other user.
        self.directory = Path(tempfile.mkdtemp(prefix="sidecard-postgres-", dir="/tmp"))
        if owner:
            shutil.chown(self.directory, owner.pw_uid)
        try:
            self._initialise()
            self._keeper = self._start()
            self._admin = self._connect()
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._admin.close()
        self._keeper.communicate()

    def create(self, name: str, template: str = "template0") -> str:
        """A new database like `template`, which nobody may be connected to; its URL."""
        self._admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        url = URL.create("postgresql", username=OWNER, database=name, query={"host": str(self.directory)})
        return url.render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _initialise(self) -> None:
        data = str(self.directory / "data")
        command = [str(self._binaries / "initdb"), "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(
            command, cwd="/", capture_output=True, text=True, check=False, user=self._uid, group=self._gid, extra_groups=self._groups
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout}\n{done.stderr}")

    def _start(self) -> subprocess.Popen[bytes]:
        options = [word for name, value in self._options.items() for word in ("-c", f"{name}={value}")]
        return subprocess.Popen(
            ["/bin/bash", "-c", KEEPER, str(self._binaries), str(self.directory), *options],
            cwd="/",
            stdin=subprocess.PIPE,
            start_new_session=True,
            user=self._uid,
            group=self._gid,
            extra_groups=self._groups,
        )

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return psycopg.connect(host=str(self.directory), user=OWNER, dbname="postgres", autocommit=True)
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    log = (self.directory / "log").read_text()
                    self._keeper.communicate()
                    raise RuntimeError(f"PostgreSQL did not start:\n{log}") from error
                time.sleep(0.05)


def _binaries() -> Path:
    found = sorted(INSTALLED.glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    if not found:
        raise RuntimeError(f"the tests need PostgreSQL's server, and {INSTALLED} has none: apt-get install postgresql (make test does)")
    return found[-1].parent


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whom root lends the server; None when one is not root oneself."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]
