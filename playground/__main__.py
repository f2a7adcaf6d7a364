"""Signed events from the command line: `python -m playground event KIND …` prints one, `post PATH …` sends one."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import orjson
from pydantic import ValidationError

from outbound import Http, OutboundError
from playground.events import ACT_PREFIX, TRIGGER_PATHS, EventKind, Json, event_body, kind_of_path, sign_event, string_inputs
from playground.keys import DevelopmentKey
from playground.mailbox import DROPPED, SAMPLES, Mailboxes, SampleMail, load_mailboxes
from playground.people import PAUL, Actor, actor
from settings import Settings, TrustRoot

ANSWER_SECONDS = 30.0
EXAMPLES = """
examples:
  python -m playground event message --base-url http://127.0.0.1:8080 --mail 01-anna-quote-request.eml
  python -m playground event act --path /addon/act/search --form query=roy
  python -m playground post /addon/home --user claire.dubois@northlight.example
  python -m playground post /addon/message --mail ~/saved.eml
"""


class WrongUse(Exception):
    """The message says, on one line, what to do instead."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m playground",
        description="Signed add-on events for a server with SIDECARD_TRUST_ROOT=development.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    event = commands.add_parser("event", help="print one signed event as JSON")
    event.add_argument("kind", choices=[kind.value for kind in EventKind], metavar="KIND", help="home, message, compose or act")
    event.add_argument("--path", help=f"path that will be called; needed for act, e.g. {ACT_PREFIX}search")
    post = commands.add_parser("post", help="post one to the running server; print status, milliseconds and the JSON answer")
    post.add_argument("path", metavar="PATH", help=f"{', '.join(TRIGGER_PATHS.values())} or {ACT_PREFIX}NAME")
    for command in (event, post):
        command.add_argument(
            "--base-url", metavar="URL", help="address of the server (default: SIDECARD_BASE_URL); for act also the whole address"
        )
        command.add_argument("--user", metavar="EMAIL", default=PAUL.email, help="who opens or clicks (default: %(default)s)")
        command.add_argument("--mail", metavar="FILE.eml", help="open mail: name of a sample mail, or any .eml file (message: newest mail)")
        command.add_argument("--params", metavar="k=v", nargs="+", action="extend", default=[], help="parameters of the action")
        command.add_argument("--form", metavar="k=v", nargs="+", action="extend", default=[], help="form inputs; repeat a key for several")
        command.add_argument("--event", metavar="FILE.json", help='sign this event instead, bare or wrapped in {"body": …}')
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 where the server gave no answer; wrong use ends the process with 2."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        settings = Settings(trust_root=TrustRoot.DEVELOPMENT)
        url = _called_url(options, settings)
        signed = _signed(options, Path(settings.playground_dir), url)
    except ValidationError as error:
        parser.error(error.errors()[0]["msg"])
    except WrongUse as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"{error.filename}: {error.strerror}")
    if options.command == "event":
        _print(signed)
        return 0
    return _post(url, signed)


def _called_url(options: argparse.Namespace, settings: Settings) -> str:
    base: str = (options.base_url or settings.base_url).rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise WrongUse(f"--base-url must look like http://127.0.0.1:8080, not {base}")
    path: str | None = options.path or TRIGGER_PATHS.get(_kind(options))
    if not path and parts.path.startswith(ACT_PREFIX):
        return base
    if not path:
        raise WrongUse(f"act needs --path {ACT_PREFIX}NAME: the signature names the address that is called")
    if not path.startswith("/"):
        raise WrongUse(f"a path starts with a slash: {path}")
    return base + path


def _kind(options: argparse.Namespace) -> EventKind:
    if options.command == "event":
        return EventKind(options.kind)
    try:
        return kind_of_path(options.path)
    except ValueError as error:
        raise WrongUse(str(error)) from error


def _signed(options: argparse.Namespace, directory: Path, url: str) -> Json:
    try:
        who = actor(options.user)
    except ValueError as error:
        raise WrongUse(f"--user: {error}") from error
    if options.event:
        if options.mail or options.params or options.form:
            raise WrongUse("--event is a whole event: leave out --mail, --params and --form")
        body = _read_event(Path(options.event))
    else:
        body = _composed(options, directory, who)
    try:
        key = DevelopmentKey.open(directory)
    except ValueError as error:
        raise WrongUse(f"no usable key in {directory}: {error}") from error
    return sign_event(key, body, url, who)


def _composed(options: argparse.Namespace, directory: Path, who: Actor) -> Json:
    kind = _kind(options)
    if options.mail and kind not in (EventKind.MESSAGE, EventKind.ACT):
        raise WrongUse(f"{kind} has no open mail: leave out --mail")
    mail = None
    if options.mail or kind is EventKind.MESSAGE:
        mail = _open_mail(load_mailboxes(directory / DROPPED), who, options.mail)
    parameters = {name: values[-1] for name, values in _pairs(options.params).items()}
    inputs = {name: string_inputs(values) for name, values in _pairs(options.form).items()}
    return event_body(kind, who, mail=mail, parameters=parameters, form_inputs=inputs)


def _open_mail(mailboxes: Mailboxes, who: Actor, named: str | None) -> SampleMail:
    mailbox = mailboxes.of(who.email)
    if named is None:
        return mailbox.mails[0]
    path = Path(named).expanduser()
    if path.is_file():
        return mailboxes.drop(who.email, path.read_bytes())
    mail = mailbox.named(named)
    if mail:
        return mail
    elsewhere = next(iter(sorted(SAMPLES.glob(f"*/{path.stem}.eml"))), None)
    if elsewhere is None:
        raise WrongUse(f"--mail: no such file or sample mail: {named}")
    return mailboxes.drop(who.email, elsewhere.read_bytes())


def _read_event(path: Path) -> Json:
    try:
        body: object = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise WrongUse(f"--event: {path} is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise WrongUse(f"--event: {path} is not a JSON object")
    return body


def _pairs(texts: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise WrongUse(f"not of the form k=v: {text}")
        found.setdefault(name, []).append(value)
    return found


def _post(url: str, signed: Json) -> int:
    authorization = signed["authorizationEventObject"]
    bearer = authorization.get("systemIdToken") if isinstance(authorization, dict) else ""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Google-gsuiteaddons",
        "Authorization": f"Bearer {bearer}",
    }
    started = time.perf_counter()
    try:
        answer = Http().request("POST", url, headers=headers, body=orjson.dumps(signed), read_seconds=ANSWER_SECONDS)
    except OutboundError as error:
        print(f"no answer from {url}: {error}", file=sys.stderr)
        return 1
    print(f"{answer.status} {(time.perf_counter() - started) * 1000:.1f} ms")
    try:
        _print(orjson.loads(answer.body))
    except orjson.JSONDecodeError:
        print(answer.body.decode("utf-8", "replace"))
    return 0


def _print(value: object) -> None:
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    sys.exit(main())
