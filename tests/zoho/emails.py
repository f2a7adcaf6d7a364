"""Mails on records: putting a copy there, listing them, and the files that go with them."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.zoho.fields import EMAIL
from tests.zoho.organisation import Mail, Organisation, Upload, User, no_permission
from tests.zoho.records import demand, standing
from tests.zoho.wire import NOTHING, Answer, Json, Refused, Request, invalid, missing

PER_PAGE = 10
MAIL = "$.Emails[0]"
# The two generations of the specification say 250 and 500.
LENGTHS = {"subject": 250, "content": 32_000, "original_message_id": 255}
REQUIRED = ("from", "to", "subject", "content", "date_time", "sent", "original_message_id")
MOST_ATTACHMENTS = 20
ATTACHMENT_BYTES = 10 * 1024 * 1024
UPLOAD_BYTES = 20 * 1024 * 1024


class Emails:
    def __init__(self, organisation: Organisation, user: User) -> None:
        self._organisation = organisation
        self._user = user

    def associate(self, module: str, record_id: str, body: Any) -> Answer:
        self._check_record(module, record_id)
        mails = body.get("Emails") if isinstance(body, dict) else None
        if not isinstance(mails, list) or not mails:
            raise missing("Emails", "$")
        if len(mails) > 1:
            raise invalid("Emails", "$", maximum_length=1)
        said = mails[0]
        self._check(said)
        standing = self._organisation.mails.setdefault(record_id, [])
        if any(mail.original_message_id == said["original_message_id"] for mail in standing):
            raise Refused(400, "DUPLICATE_DATA", {}, "duplicate data")
        message_id = hashlib.sha256(f"{record_id}{said['original_message_id']}".encode()).hexdigest()
        standing.append(Mail(message_id, said["original_message_id"], said, self._user, self._organisation.clock.now()))
        done = {
            "code": "SUCCESS",
            "status": "success",
            "message": "Your mail has been added successfully",
            "details": {"message_id": message_id},
        }
        return Answer(200, {"Emails": [done]})

    def _check(self, said: Any) -> None:
        if not isinstance(said, dict):
            raise Refused(400, "INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": MAIL}, "invalid data")
        for name in REQUIRED:
            may_be_empty = name in ("subject", "content")
            if said.get(name) is None or (said[name] in ("", []) and not may_be_empty):
                raise missing(name, MAIL)
        for name, length in LENGTHS.items():
            if not isinstance(said[name], str) or len(said[name]) > length:
                raise invalid(name, MAIL, maximum_length=length)
        if not isinstance(said["sent"], bool):
            raise invalid("sent", MAIL, expected_data_type="boolean")
        if not _is_moment(said["date_time"]):
            raise invalid("date_time", MAIL, expected_data_type="datetime")
        parties = [("from", said["from"]), *((name, party) for name in ("to", "cc", "bcc") for party in said.get(name) or ())]
        for name, party in parties:
            if not isinstance(party, dict) or not EMAIL.fullmatch(str(party.get("email", ""))):
                raise invalid("email", f"{MAIL}.{name}", expected_data_type="email")
        self._check_owner(said)
        self._check_attachments(said.get("attachments", []))

    def _check_owner(self, said: Json) -> None:
        owner = said.get("owner")
        if owner is not None and owner.get("id") != self._user.id and not self._user.admin:
            raise Refused(403, "NO_PERMISSION", {}, "Only Admin Role/Profile Users will have permission")

    def _check_attachments(self, attachments: list[Json]) -> None:
        if len(attachments) > MOST_ATTACHMENTS:
            raise invalid("attachments", MAIL, maximum_length=MOST_ATTACHMENTS)
        total = 0
        for place, one in enumerate(attachments):
            upload = self._organisation.uploads.get(one.get("id", ""))
            if upload is None or upload.by is not self._user:
                raise invalid("id", f"{MAIL}.attachments[{place}]")
            total += upload.size
        if total > ATTACHMENT_BYTES:
            raise Refused(400, "FILE_SIZE_EXCEEDS", {"maximum_size": "10 MB"}, "file size exceeds")

    # -- reading

    def listing(self, module: str, record_id: str, request: Request) -> Answer:
        self._check_record(module, record_id)
        self._demand_view()
        mails = sorted(self._organisation.mails.get(record_id, []), key=_sent_at, reverse=True)
        start = self._place(request.query.get("index"))
        page = mails[start : start + PER_PAGE]
        if not page:
            return NOTHING
        after = start + PER_PAGE < len(mails)
        info = {
            "count": len(page), "per_page": PER_PAGE, "more_records": after, "next_index": f"i{start + PER_PAGE:x}z" if after else None,
            "prev_index": f"i{start - PER_PAGE:x}z" if start else None,
        }  # fmt: skip
        return Answer(200, {"Emails": [self._entry(one) for one in page], "info": info})

    def detail(self, module: str, record_id: str, message_id: str) -> Answer:
        self._check_record(module, record_id)
        self._demand_view()
        one = next((mail for mail in self._organisation.mails.get(record_id, []) if mail.message_id == message_id), None)
        if one is None:
            return NOTHING
        uploads = [self._organisation.uploads[entry["id"]] for entry in one.said.get("attachments", [])]
        whole = self._entry(one) | {"content": one.said["content"], "mail_format": one.said.get("mail_format", "html")}
        whole["sent_time"] = one.said["date_time"]
        whole["attachments"] = [{"id": upload.id, "name": upload.name, "size": str(upload.size)} for upload in uploads]
        info = {"count": 1, "per_page": PER_PAGE, "more_records": False, "next_index": None, "prev_index": None}
        return Answer(200, {"Emails": [whole], "info": info})

    def _entry(self, one: Mail) -> Json:
        """A line of the list: everything but the text."""
        said = one.said
        unknown = dict.fromkeys(("summary", "intent", "sentiment_info", "emotion", "linked_record"))
        return unknown | {
            "message_id": one.message_id,
            "subject": said["subject"],
            "from": _party(said["from"]),
            "to": [_party(entry) for entry in said["to"]],
            "cc": [_party(entry) for entry in said["cc"]] if said.get("cc") else None,
            "time": said["date_time"],
            "sent": said["sent"],
            "read": True,
            "owner": one.by.brief(),
            "source": "individual",
            "has_attachment": bool(said.get("attachments")),
            "has_thread_attachment": False,
            "status": [{"type": "sent"}],
        }

    def _place(self, index: str | None) -> int:
        if index is None:
            return 0
        match = re.fullmatch(r"i([0-9a-f]+)z", index)
        if match is None:
            raise Refused(400, "INVALID_DATA", {"param_name": "index"}, "invalid data")
        return int(match[1], 16)

    def available(self, message_id: str) -> Answer:
        """Unverified what `available` means: here, that the CRM has this mail."""
        for record_id, mails in self._organisation.mails.items():
            if any(mail.original_message_id == message_id for mail in mails) and record_id in self._organisation.stored:
                name = self._organisation.stored[record_id].module
                module = {"api_name": name, "id": self._organisation.modules[name].id}
                return Answer(200, {"available": True, "record": {"module": module, "id": record_id, "linked_record": None}})
        return Answer(200, {"available": False, "record": None})

    # -- files

    def upload(self, request: Request) -> Answer:
        part = _file(request)
        content = part.get_payload(decode=True) if part is not None else None
        name = part.get_filename() if part is not None else None
        if not isinstance(content, bytes) or not content or not name:
            raise Refused(400, "INVALID_DATA", {"api_name": "file"}, "invalid data")
        if len(content) > UPLOAD_BYTES:
            raise Refused(400, "FILE_SIZE_EXCEEDS", {"maximum_size": "20 MB"}, "file size exceeds")
        # Unverified which files Zoho refuses, and how.
        if name.lower().endswith(self._organisation.refused_files):
            raise Refused(400, "INVALID_DATA", {"api_name": "file"}, "file type not supported")
        file_id = hashlib.sha256(f"{self._organisation.next_id()}{name}".encode()).hexdigest()
        self._organisation.uploads[file_id] = Upload(file_id, name, len(content), self._user)
        done = {
            "code": "SUCCESS",
            "details": {"name": name, "id": file_id},
            "message": f"{name} uploaded Succeessfully",
            "status": "success",
        }
        return Answer(200, {"data": [done]})

    def _check_record(self, module: str, record_id: str) -> None:
        demand(self._organisation, self._user, "view", module)
        if standing(self._organisation, self._user, module, record_id) is None:
            raise Refused(400, "INVALID_DATA", {"resource_path_index": 1}, "the id given seems to be invalid")

    def _demand_view(self) -> None:
        if not self._user.profile.emails:
            raise no_permission("Crm_Implied_View_Emails")


def _file(request: Request) -> Message | None:
    """The first file of a multipart form."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + request.body)
    return next((part for part in form.iter_parts() if part.get_filename()), None) if form.is_multipart() else None


def _sent_at(one: Mail) -> datetime:
    return datetime.fromisoformat(one.said["date_time"])


def _party(one: Mapping[str, str]) -> Json:
    return {"user_name": one.get("user_name") or one["email"], "email": one["email"]}


def _is_moment(text: Any) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except (TypeError, ValueError):
        return False
