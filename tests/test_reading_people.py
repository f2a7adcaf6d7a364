"""Who is offered for a mail, why, and whether a person wrote it."""

from dataclasses import replace
from typing import Any

import pytest

from reading.message import Mailbox, Message, Original, OriginalSource
from reading.people import MAX_PEOPLE, Direction, MailKind, Own, People, Person, Role, people_of
from reading.raw import read_raw

OWN = Own(frozenset({"paul.martin@northlight.example", "paul@northlight.example"}), frozenset({"northlight.example"}))
PAUL = Mailbox("paul.martin@northlight.example", "Paul Martin")
CLAIRE = Mailbox("claire.dubois@northlight.example", "Claire Dubois")
ANNA = Mailbox("anna.roy@ateliers-roy.example", "Anna Roy")
HENRI = Mailbox("henri.blanc@ateliers-roy.example", "Henri Blanc")
JULIEN = Mailbox("julien.petit@menuiserie-petit.example", "Julien Petit")
SALES = Mailbox("sales@northlight.example", "Sales")
MAKERS = Mailbox("makers@lists.guild.example", "Makers")
MAKERS_LIST = Message(key="1", list_id="makers.lists.guild.example", list_post="makers@lists.guild.example", bulk=True, to=(MAKERS,))
SALES_GROUP = Message(key="1", list_id="sales.northlight.example", list_post="sales@northlight.example", bulk=True, to=(SALES,))


def mail(sender: Mailbox | None, **more: Any) -> Message:
    return replace(Message(key="1", sender=sender, to=(PAUL,)), **more)


def person(box: Mailbox, role: Role, name: str | None = None) -> Person:
    return Person(box.address, box.name if name is None else name, role)


def forwarded(box: Mailbox) -> Original:
    return Original(box, OriginalSource.QUOTED_HEADER)


def test_the_sender_then_others_from_outside() -> None:
    message = mail(ANNA, to=(PAUL, JULIEN, CLAIRE), cc=(HENRI, ANNA, Mailbox("info@sub.northlight.example")))
    assert people_of(message, OWN) == People(
        Direction.RECEIVED,
        MailKind.PERSON,
        (person(ANNA, Role.SENDER), person(JULIEN, Role.RECIPIENT), person(HENRI, Role.COPY)),
        (CLAIRE, Mailbox("info@sub.northlight.example")),
    )


def test_reply_to_comes_before_the_sender() -> None:
    assert people_of(mail(ANNA, reply_to=(HENRI,)), OWN).others == (person(HENRI, Role.REPLY_TO), person(ANNA, Role.SENDER))


@pytest.mark.parametrize("reply_to", [ANNA, PAUL, CLAIRE, Mailbox("no-reply@ateliers-roy.example")])
def test_reply_to_that_says_nothing_new(reply_to: Mailbox) -> None:
    assert people_of(mail(ANNA, reply_to=(reply_to,)), OWN).others == (person(ANNA, Role.SENDER),)


def test_reply_to_with_the_sender_among_others() -> None:
    assert people_of(mail(ANNA, reply_to=(HENRI, ANNA)), OWN).others == (person(ANNA, Role.SENDER), person(HENRI, Role.REPLY_TO))


@pytest.mark.parametrize("address", ["paul.martin@northlight.example", "paul@northlight.example", "paul+shop@northlight.example"])
def test_own_sent_mail(address: str) -> None:
    people = people_of(mail(Mailbox(address), to=(ANNA, CLAIRE), cc=(HENRI, PAUL)), OWN)
    assert people == People(Direction.SENT, MailKind.PERSON, (person(ANNA, Role.RECIPIENT), person(HENRI, Role.COPY)), (CLAIRE,))


def test_own_sent_mail_to_a_colleague_only() -> None:
    assert people_of(mail(PAUL, to=(CLAIRE,)), OWN) == People(Direction.SENT, MailKind.PERSON, (), (CLAIRE,))


def test_a_colleague_alone() -> None:
    assert people_of(mail(CLAIRE), OWN) == People(Direction.INTERNAL, MailKind.PERSON, (), (CLAIRE,))


def test_a_colleague_below_our_domain_and_one_that_only_ends_alike() -> None:
    assert people_of(mail(Mailbox("x@shop.northlight.example")), OWN).direction is Direction.INTERNAL
    assert people_of(mail(Mailbox("x@notnorthlight.example")), OWN).direction is Direction.RECEIVED


def test_a_colleague_writing_to_people_outside() -> None:
    people = people_of(mail(CLAIRE, to=(ANNA, PAUL), cc=(HENRI,)), OWN)
    assert (people.direction, people.others) == (Direction.RECEIVED, (person(ANNA, Role.RECIPIENT), person(HENRI, Role.COPY)))
    assert people.forwarded_by is None


def test_forwarded_by_a_colleague() -> None:
    people = people_of(mail(CLAIRE, cc=(HENRI, JULIEN), original=forwarded(JULIEN)), OWN)
    assert people == People(
        Direction.RECEIVED,
        MailKind.PERSON,
        (person(JULIEN, Role.ORIGINAL_SENDER), person(HENRI, Role.COPY)),
        (CLAIRE,),
        forwarded_by=CLAIRE,
    )


def test_a_colleague_forwarding_a_machine_s_mail() -> None:
    people = people_of(mail(CLAIRE, original=forwarded(Mailbox("no-reply@shop.example"))), OWN)
    assert (people.kind, people.forwarded_by) == (MailKind.NOTIFICATION, CLAIRE)


@pytest.mark.parametrize("original", [PAUL, CLAIRE, Mailbox("nadia.keller@northlight.example")])
def test_a_colleague_forwarding_a_mail_of_ours(original: Mailbox) -> None:
    assert people_of(mail(CLAIRE, original=forwarded(original)), OWN) == People(Direction.INTERNAL, MailKind.PERSON, (), (CLAIRE,))


def test_forwarded_by_somebody_outside() -> None:
    people = people_of(mail(ANNA, original=forwarded(JULIEN)), OWN)
    assert people.others == (person(ANNA, Role.SENDER), person(JULIEN, Role.ORIGINAL_SENDER))
    assert people.forwarded_by is None


def test_the_form_on_our_own_site() -> None:
    people = people_of(mail(Mailbox("website@northlight.example"), reply_to=(JULIEN,)), OWN)
    assert (people.direction, people.kind, people.others) == (Direction.RECEIVED, MailKind.PERSON, (person(JULIEN, Role.REPLY_TO),))


def test_a_form_that_writes_from_a_no_reply_address() -> None:
    people = people_of(mail(Mailbox("noreply@forms.example", "Contact form"), reply_to=(JULIEN,)), OWN)
    assert (people.kind, people.others) == (MailKind.PERSON, (person(JULIEN, Role.REPLY_TO),))


@pytest.mark.parametrize(
    "local",
    [
        "no-reply",
        "noreply",
        "no_reply",
        "noreply-orders",
        "orders.noreply",
        "do-not-reply",
        "donotreply",
        "mailer-daemon",
        "postmaster",
        "notifications",
        "notification",
        "bounce",
        "bounces+123",
        "bounce-77",
        "ne-pas-repondre",
        "nepasrepondre",
        "nicht-antworten",
        "keine-antwort",
        "no-responder",
        "no-responda",
        "nao-responder",
        "non-rispondere",
        "niet-beantwoorden",
        "newsletter",
        "repo-notifications",
    ],
)
def test_addresses_of_machines(local: str) -> None:
    machine = Mailbox(f"{local}@shop.example", "Shop")
    people = people_of(mail(machine, cc=(HENRI,), original=forwarded(JULIEN)), OWN)
    kind = MailKind.BOUNCE if local.lower().startswith(("mailer-daemon", "postmaster")) else MailKind.NOTIFICATION
    assert people == People(Direction.RECEIVED, kind, (person(machine, Role.SENDER),))
    assert kind.automated


@pytest.mark.parametrize("local", ["anna", "replyson", "bouncer", "noe.reply", "renata.alerto", "info", "contact", "post.master"])
def test_addresses_of_people(local: str) -> None:
    assert people_of(mail(Mailbox(f"{local}@shop.example")), OWN).kind is MailKind.PERSON


def test_automatic_answers_and_newsletters() -> None:
    for message, kind in [
        (mail(ANNA, automatic=True, answers=True), MailKind.AUTO_REPLY),
        (mail(ANNA, automatic=True), MailKind.NOTIFICATION),
        (mail(ANNA, bulk=True), MailKind.NEWSLETTER),
        (mail(ANNA, bulk=True, list_id="news.shop.example"), MailKind.NEWSLETTER),
    ]:
        people = people_of(replace(message, cc=(HENRI,), reply_to=(JULIEN,)), OWN)
        assert people == People(Direction.RECEIVED, kind, (person(ANNA, Role.SENDER),))


def test_a_newsletter_in_its_list_s_own_name_still_has_its_sender() -> None:
    news = Mailbox("news@shop.example", "Shop")
    people = people_of(mail(news, bulk=True, list_id="news.shop.example"), OWN)
    assert people == People(Direction.RECEIVED, MailKind.NEWSLETTER, (person(news, Role.SENDER),))


@pytest.mark.parametrize("reply_to", [(), (MAKERS,), (Mailbox("makers-request@lists.guild.example"),)])
def test_a_list_that_leaves_the_author_in_from(reply_to: tuple[Mailbox, ...]) -> None:
    people = people_of(replace(MAKERS_LIST, sender=ANNA, reply_to=reply_to), OWN)
    assert people == People(Direction.RECEIVED, MailKind.MAILING_LIST, (person(ANNA, Role.SENDER),))


def test_old_lists_known_by_their_reply_to_or_their_list_id() -> None:
    by_reply_to = Message(key="1", sender=ANNA, bulk=True, to=(MAKERS,), reply_to=(MAKERS,))
    by_id = Message(key="1", sender=ANNA, bulk=True, list_id="makers.lists.guild.example", to=(PAUL,), cc=(MAKERS,))
    for message in [by_reply_to, by_id]:
        assert people_of(message, OWN) == People(Direction.RECEIVED, MailKind.MAILING_LIST, (person(ANNA, Role.SENDER),))


def test_a_list_that_writes_itself_into_from() -> None:
    via = Mailbox("makers@lists.guild.example", "'Anna Roy' via Makers")
    people = people_of(replace(MAKERS_LIST, sender=via, reply_to=(Mailbox(ANNA.address),)), OWN)
    assert people == People(Direction.RECEIVED, MailKind.MAILING_LIST, (person(ANNA, Role.REPLY_TO),))
    both = people_of(replace(MAKERS_LIST, sender=via, reply_to=(MAKERS, HENRI, JULIEN)), OWN)
    assert both.others == (person(HENRI, Role.REPLY_TO),)


def test_a_list_that_hides_its_author() -> None:
    via = Mailbox("makers@lists.guild.example", "Anna Roy via Makers")
    assert people_of(replace(MAKERS_LIST, sender=via, reply_to=(MAKERS,)), OWN) == People(Direction.UNREADABLE, MailKind.MAILING_LIST)


def test_a_group_of_our_own_domain() -> None:
    plain = people_of(replace(SALES_GROUP, sender=ANNA), OWN)
    assert plain == People(Direction.RECEIVED, MailKind.MAILING_LIST, (person(ANNA, Role.SENDER),))
    via = replace(SALES_GROUP, sender=Mailbox(SALES.address, "'Anna Roy' via Sales"), reply_to=(ANNA,))
    assert people_of(via, OWN) == People(Direction.RECEIVED, MailKind.MAILING_LIST, (person(ANNA, Role.REPLY_TO),))
    inside = replace(SALES_GROUP, sender=Mailbox(SALES.address, "Claire via Sales"), reply_to=(CLAIRE,))
    assert people_of(inside, OWN) == People(Direction.INTERNAL, MailKind.MAILING_LIST, (), (CLAIRE,))
    alias = Own(OWN.addresses | {SALES.address}, OWN.domains)
    assert people_of(via, alias).others == (person(ANNA, Role.REPLY_TO),)


def test_a_colleague_on_a_list() -> None:
    assert people_of(replace(SALES_GROUP, sender=CLAIRE), OWN) == People(Direction.INTERNAL, MailKind.MAILING_LIST, (), (CLAIRE,))


def test_no_readable_sender() -> None:
    people = people_of(mail(None, reply_to=(ANNA,), cc=(HENRI,)), OWN)
    assert people == People(Direction.UNREADABLE, MailKind.PERSON, (person(ANNA, Role.REPLY_TO), person(HENRI, Role.COPY)))
    assert people_of(mail(None), OWN) == People(Direction.UNREADABLE, MailKind.PERSON)


def test_a_name_missing_in_one_place_is_taken_from_another() -> None:
    people = people_of(mail(Mailbox(ANNA.address), cc=(ANNA,)), OWN)
    assert people.others == (person(ANNA, Role.SENDER),)


def test_at_most_so_many() -> None:
    crowd = tuple(Mailbox(f"x{number}@acme.example") for number in range(1000))
    people = people_of(mail(ANNA, cc=crowd), OWN)
    assert len(people.others) == MAX_PEOPLE
    assert people.others[0] == person(ANNA, Role.SENDER)


def test_a_bounce_from_bytes() -> None:
    message = read_raw(
        b"Return-Path: <>\nFrom: Mail Delivery Subsystem <mailer-daemon@mx.example>\nTo: paul.martin@northlight.example\n"
        b"Auto-Submitted: auto-replied\nContent-Type: multipart/report; boundary=b\n\n--b\n\nNot delivered\n"
        b"--b\nContent-Type: message/rfc822\n\nFrom: paul.martin@northlight.example\nTo: anna.roy@ateliers-roy.example\n\nHello\n--b--\n"
    )
    sender = Mailbox("mailer-daemon@mx.example", "Mail Delivery Subsystem")
    assert people_of(message, OWN) == People(Direction.RECEIVED, MailKind.BOUNCE, (person(sender, Role.SENDER),))
