"""A real IMAP server for tests: Debian's Dovecot on this machine, TLS by the tests' own authority, as many users as asked for.

Root lends it another user. It ends with the test run, however that ends: its pipe closes and its keeper stops it.
"""

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.authority import NAME, Authority
from tests.postgres import unprivileged_user

BINARY = "/usr/sbin/dovecot"
START_SECONDS = 20
PASSWORD = "correct horse"
KEEPER = """
"$0" -F -c "$1/dovecot.conf" > "$1/log" 2>&1 < /dev/null &
server=$!
read -r _
kill -TERM $server 2> /dev/null
wait $server
"""

CONFIGURATION = """
base_dir = {directory}/run
state_dir = {directory}/run
log_path = {directory}/log
auth_debug_passwords = no
# Nobody guesses passwords here, and all come from one address.
auth_failure_delay = 0
protocols = imap
listen = 127.0.0.1
{users}
ssl = {ssl}
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = {strict}
auth_mechanisms = plain login {mechanisms}
first_valid_uid = 1
mail_location = maildir:{directory}/mail/%u:LAYOUT=fs
mail_fsync = never
mail_max_userip_connections = 5000
mailbox_list_index = yes
login_trusted_networks =
{quota}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Drafts {{
    special_use = \\Drafts
    auto = create
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = create
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = create
  }}
}}
{passdb}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={directory}/mail/%u
}}
service imap-login {{
  chroot =
  client_limit = 5000
  process_limit = 4
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service imap {{
  process_limit = 5000
  client_limit = {clients}
  service_count = 0
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
  client_limit = 20000
}}
service auth {{
  client_limit = 20000
}}
service stats {{
  chroot =
  client_limit = 20000
}}
protocol imap {{
  {capability}
}}
"""


class Dovecot:
    """`port` speaks STARTTLS (plain too where `plain`), `tls_port` TLS from the start. Every user may sign in with PASSWORD.

    `capability`: what it announces after sign-in instead of all it can. `quota`: bytes a user may keep. `oauth`: addresses of a
    token introspection endpoint; then XOAUTH2 is offered too. `clients`: sessions one process serves.
    """

    def __init__(
        self, authority: Authority, *, capability: str = "", quota: int = 0, oauth: str = "", plain: bool = False, clients: int = 1
    ) -> None:
        owner = unprivileged_user()
        self._as = owner.pw_uid if owner else None
        self._group = owner.pw_gid if owner else None
        self.directory = Path(tempfile.mkdtemp(prefix="sidecard-dovecot-", dir="/tmp"))
        self.authority = authority
        self.host = NAME
        self.port, self.tls_port = _free_ports()
        certificate, key = authority.issue()
        for made in (certificate, key):
            shutil.copy(made, self.directory)
        (self.directory / "mail").mkdir()
        uid, gid = (owner.pw_uid, owner.pw_gid) if owner else (os.getuid(), os.getgid())
        name = pwd.getpwuid(uid).pw_name
        users = f"default_login_user = {name}\ndefault_internal_user = {name}\ndefault_internal_group = {grp.getgrgid(gid).gr_name}"
        (self.directory / "users").mkdir()
        passdb = f"passdb {{\n  driver = passwd-file\n  args = scheme=PLAIN username_format=%u {self.directory}/users/%u\n}}"
        if oauth:
            (self.directory / "oauth2.conf").write_text(
                f"introspection_mode = get\nintrospection_url = {oauth}\nusername_attribute = email\n"
                "active_attribute = active\nactive_value = true\n"
            )
            passdb = (
                f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {self.directory}/oauth2.conf\n}}\n{passdb}"
            )
        (self.directory / "dovecot.conf").write_text(
            CONFIGURATION.format(
                directory=self.directory,
                users=users,
                ssl="yes" if plain else "required",
                strict="no" if plain else "yes",
                certificate=self.directory / certificate.name,
                key=self.directory / key.name,
                mechanisms="xoauth2 oauthbearer" if oauth else "",
                quota=f"mail_plugins = quota\nplugin {{\n  quota = count:User\n  quota_rule = *:storage={quota}B\n  quota_vsizes = yes\n}}"
                if quota
                else "",
                passdb=passdb,
                uid=uid,
                gid=gid,
                port=self.port,
                tls_port=self.tls_port,
                clients=clients,
                capability=f"imap_capability = {capability}" if capability else "",
            )
        )
        if owner:
            for root, folders, files in os.walk(self.directory):
                for one in (*folders, *files):
                    shutil.chown(Path(root, one), uid, gid)
            shutil.chown(self.directory, uid, gid)
        self._keeper: subprocess.Popen[bytes] | None = None
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self) -> None:
        """Also again after `stop`: on the same ports, with the same mail."""
        self._keeper = subprocess.Popen(
            ["bash", "-c", KEEPER, BINARY, str(self.directory)],
            stdin=subprocess.PIPE,
            user=self._as,
            group=self._group,
            extra_groups=[] if self._as else None,
            cwd="/",
            start_new_session=True,
        )
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
            except OSError:
                if time.monotonic() > until:
                    raise RuntimeError((self.directory / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Every connection is cut."""
        if self._keeper is not None:
            self._keeper.communicate()
            with suppress(ProcessLookupError):
                # Without their master the others go on serving for half a minute.
                os.killpg(self._keeper.pid, signal.SIGKILL)
            self._keeper = None

    def count_anew(self, name: str) -> None:
        """The INBOX loses its index, and gives its mails new UIDs under another UIDVALIDITY. That is the second it is made in: in the
        same second it would have the same."""
        home = self.directory / "mail" / name
        validity = int((home / "dovecot-uidlist").read_text().split()[1].removeprefix("V"))
        self.stop()
        for index in home.glob("dovecot*"):
            shutil.rmtree(index) if index.is_dir() else index.unlink()
        while time.time() < validity + 1:
            time.sleep(0.02)
        self.start()

    def add_user(self, name: str, password: str = PASSWORD) -> None:
        """Also changes the password of one who is there."""
        path = self.directory / "users" / name
        known = path.exists()
        path.write_text(f"{name}:{{PLAIN}}{password}\n")
        if known:
            # Dovecot looks at a file again only in another second than the last time.
            time.sleep(1.02 - time.time() % 1)

    def client(self, name: str, password: str = PASSWORD) -> imaplib.IMAP4_SSL:
        """A connection of the tests' own, signed in: to put mail there and to count it."""
        context = ssl.create_default_context(cafile=str(self.authority.file))
        client = imaplib.IMAP4_SSL(NAME, self.tls_port, ssl_context=context, timeout=20)
        client.login(name, password)
        return client

    def put(self, name: str, mails: Sequence[bytes], folder: str = "INBOX", password: str = PASSWORD, flags: str = "") -> None:
        """APPENDs them one by one; see `drop` for thousands."""
        client = self.client(name, password)
        try:
            if folder != "INBOX":
                client.create(_quoted(folder))
            for mail in mails:
                said, told = client.append(_quoted(folder), flags, "", mail)
                assert said == "OK", told
        finally:
            client.logout()

    def drop(self, name: str, mails: Sequence[bytes], folder: str = "") -> None:
        """Writes them into the INBOX's Maildir at once, as a delivery agent does; `folder` as it is called on disk."""
        home = self.directory / "mail" / name / folder
        for part in ("cur", "new", "tmp"):
            (home / part).mkdir(parents=True, exist_ok=True)
        stamp = time.time_ns()
        for number, mail in enumerate(mails):
            (home / "new" / f"{stamp // 10**9}.M{stamp + number}.tests").write_bytes(mail)
        if self._as is not None:
            for root, folders, files in os.walk(self.directory / "mail" / name):
                for one in (*folders, *files, ""):
                    shutil.chown(Path(root, one), self._as, self._group)


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
