"""A mail was opened, drawn again, or one of its people was chosen."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from addon.cards.actions import ShowMessage, ShowPerson
from addon.cards.message import MessageView, PersonView, message_card, person_card
from addon.cards.news import NewsView
from addon.cards.record import MailView
from addon.cards.replies import Answer, Move, Reply
from addon.context import Context, Found
from addon.handlers.mails import mailbox_needs_him, recent_mails
from addon.handlers.said import news_of
from crm_client.errors import AuthExpired, RateLimited, Unavailable
from crm_client.records import Record
from reading.message import Message
from reading.people import Person, people_of


def open_message(context: Context) -> Answer:
    """Two remote hops: the mail, and one look-up of everybody in it."""
    return Reply(message_card(_first_look(context), context.language))


def show_message(context: Context, _press: ShowMessage) -> Answer:
    return Reply(message_card(_first_look(context), context.language), Move.REPLACE)


def _first_look(context: Context) -> MessageView:
    """Where the headers have to tell first whether the company lets the mail be read, its text is fetched while the CRM is asked."""
    policy = context.caller.policy
    if policy.headers_only or not policy.excluded_domains:
        return look_at(context, context.message())
    addresses = context.addresses(context.headers())
    with ThreadPoolExecutor(1, "look-up") as pool:
        asked = pool.submit(context.look_up, addresses)
        message = context.message()
        found = asked.result()
    # A forwarded mail's author stands in its text: then everybody is looked up once more.
    return look_at(context, message, found=found if context.addresses(message) == addresses else None)


def show_person(context: Context, press: ShowPerson) -> Answer:
    view = look_at(context, context.message(), press.address)
    move = Move.REPLACE if press.again else Move.PUSH
    person = next((one for one in view.people if one.person.address == press.address), None)
    if person is None:
        # The rep's own addresses changed since the card was drawn.
        return Reply(message_card(view, context.language), Move.ROOT)
    return Reply(person_card(view, person, context.language), move)


def look_at(context: Context, message: Message, address: str = "", found: Found | None = None) -> MessageView:
    """Everybody in the mail, and what the CRM knows of each; what is new of the one with this address, or of the first.

    `found`: what the CRM says of them, where that is known already.
    """
    people = people_of(message, context.own)
    if found is None:
        found = context.look_up([person.address for person in people.others])
    shown = address or next((person.address for person in people.others), "")
    views = tuple(
        PersonView(
            person,
            matches := found.lookup.of(person.address),
            found.lookup.hidden_of(person.address),
            checked=found.known,
            news=_news(context, message, person, matches[0].record)
            if person.address == shown and len(matches) == 1 and found.trouble is None
            else (),
            recent=recent_mails(context, matches[0].record) if person.address == shown and len(matches) == 1 else (),
        )
        for person in people.others
    )
    if views and len(views[0].matches) == 1 and found.trouble is None:
        context.opened(views[0].matches[0].record.ref)
    mail, entries = context.standing(message)
    context.told(entries)
    return MessageView(
        people=views,
        mail=_followed(mail, found),
        direction=people.direction,
        kind=people.kind,
        forwarded_by=people.forwarded_by,
        may_add=context.offered if found.known else (),
        trouble=found.trouble,
        entries=entries,
        look_only=not context.may_write,
        needed=mailbox_needs_him(context),
    )


def _news(context: Context, message: Message, person: Person, record: Record) -> tuple[NewsView, ...]:
    """An extra: a CRM that stops answering in the middle does not take the card away."""
    try:
        return news_of(context, message, person, record)
    except (Unavailable, RateLimited, AuthExpired):
        return ()


def _followed(mail: MailView, found: Found) -> MailView:
    """A link to a lead that was converted since shows the contact."""
    became = {match.record.was: match.record for match in found.lookup.matches if match.record.was is not None}
    link = mail.link
    record = became.get(link.ref) if link is not None else None
    return mail if link is None or record is None else replace(mail, link=replace(link, ref=record.ref, record_name=record.name))
