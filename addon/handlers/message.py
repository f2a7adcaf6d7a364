"""A mail was opened, drawn again, or one of its people was chosen."""

from addon.cards.actions import ShowMessage, ShowPerson
from addon.cards.message import MessageView, PersonView, message_card, person_card
from addon.cards.replies import Answer, Move, Reply
from addon.context import Context
from addon.handlers.said import news_of
from crm_client.records import Kind
from reading.message import Message
from reading.people import people_of


def open_message(context: Context) -> Answer:
    """Two remote hops: the mail, and one look-up of everybody in it."""
    return Reply(message_card(look_at(context, context.message()), context.language))


def show_message(context: Context, _press: ShowMessage) -> Answer:
    return Reply(message_card(look_at(context, context.message()), context.language), Move.REPLACE)


def show_person(context: Context, press: ShowPerson) -> Answer:
    view = look_at(context, context.message(), press.address)
    move = Move.REPLACE if press.again else Move.PUSH
    person = next((one for one in view.people if one.person.address == press.address), None)
    if person is None:
        # The rep's own addresses changed since the card was drawn.
        return Reply(message_card(view, context.language), Move.ROOT)
    return Reply(person_card(view, person, context.language), move)


def look_at(context: Context, message: Message, address: str = "") -> MessageView:
    """Everybody in the mail, and what the CRM knows of each; what is new of the one with this address, or of the first."""
    people = people_of(message, context.own)
    found = context.look_up([person.address for person in people.others])
    shown = address or next((person.address for person in people.others), "")
    views = tuple(
        PersonView(
            person,
            matches := found.lookup.of(person.address),
            found.lookup.hidden_of(person.address),
            checked=found.known,
            news=news_of(context, message, person, matches[0].record)
            if person.address == shown and len(matches) == 1 and found.trouble is None
            else (),
        )
        for person in people.others
    )
    if views and len(views[0].matches) == 1 and found.trouble is None:
        context.opened(views[0].matches[0].record.ref)
    return MessageView(
        people=views,
        mail=context.mail_view(message),
        direction=people.direction,
        kind=people.kind,
        forwarded_by=people.forwarded_by,
        may_add=(Kind.LEAD, Kind.CONTACT) if found.trouble is None else (),
        trouble=found.trouble,
    )
