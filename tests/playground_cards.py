"""Cards as the add-on might answer them, for the tests of the renderer."""

from typing import Any

Json = dict[str, Any]

BLUE = {"red": 0.043, "green": 0.341, "blue": 0.816, "alpha": 1}


def push(*cards: Json) -> Json:
    """A trigger's answer."""
    return {"action": {"navigations": [{"pushCard": card} for card in cards]}}


def click(*navigations: Json, notice: str = "", link: Json | None = None, changed: bool = False) -> Json:
    """A click's answer."""
    action: Json = {}
    if navigations:
        action["navigations"] = list(navigations)
    if notice:
        action["notification"] = {"text": notice}
    if link:
        action["link"] = link
    answer: Json = {"renderActions": {"action": action}}
    if changed:
        answer["stateChanged"] = True
    return answer


def text(words: str) -> Json:
    return {"textParagraph": {"text": words}}


def card(title: str, *widgets: Json, **more: object) -> Json:
    return {"header": {"title": title}, "sections": [{"widgets": list(widgets)}], **more}


def act(base_url: str, name: str, **more: object) -> Json:
    """Google's Action."""
    return {"function": f"{base_url}/addon/act/{name}", **more}


def press(base_url: str, name: str, **more: object) -> Json:
    return {"action": act(base_url, name, **more)}


def button(label: str, on_click: Json, **more: object) -> Json:
    return {"text": label, "onClick": on_click, **more}


def buttons(*several: Json) -> Json:
    return {"buttonList": {"buttons": list(several)}}


def fields(*given: tuple[str, str]) -> list[Json]:
    """Text inputs: name and given value."""
    return [{"textInput": {"name": name, "label": name, "value": value}} for name, value in given]


def record_card(base_url: str) -> Json:
    """A contact as a rep sees it."""
    row = "decoratedText"
    return {
        "header": {"title": "Anna Roy", "subtitle": "Contact · Ateliers Roy, Lyon"},
        "cardActions": [
            {"actionLabel": "Refresh", "onClick": press(base_url, "refresh")},
            {"actionLabel": "Search the CRM", "onClick": press(base_url, "search")},
        ],
        "sections": [
            {
                "widgets": [
                    {
                        row: {
                            "startIcon": {"knownIcon": "BOOKMARK"},
                            "text": "Why this person: <b>anna.roy@ateliers-roy.example</b> wrote this mail",
                            "wrapText": True,
                        }
                    },
                    {
                        row: {
                            "startIcon": {"knownIcon": "EMAIL"},
                            "topLabel": "E-mail",
                            "text": "anna.roy@ateliers-roy.example",
                            "wrapText": True,
                            "onClick": {"openLink": {"url": "mailto:anna.roy@ateliers-roy.example"}},
                        }
                    },
                    {
                        row: {
                            "startIcon": {"knownIcon": "PHONE"},
                            "topLabel": "Phone",
                            "text": "+33 4 99 00 12 34",
                            "bottomLabel": "Switchboard, ask for purchasing",
                            "onClick": {"openLink": {"url": "tel:+33499001234"}},
                        }
                    },
                    {
                        row: {
                            "startIcon": {"knownIcon": "MAP_PIN"},
                            "topLabel": "Address",
                            "text": "12 rue des Ateliers\n69007 Lyon",
                            "wrapText": True,
                        }
                    },
                    {
                        row: {
                            "startIcon": {"knownIcon": "PERSON"},
                            "topLabel": "Owner",
                            "text": "Paul Martin",
                            "button": button("Change", press(base_url, "owner")),
                        }
                    },
                ]
            },
            {
                "header": "Open deals",
                "collapsible": True,
                "uncollapsibleWidgetsCount": 1,
                "widgets": [
                    {
                        row: {
                            "startIcon": {"knownIcon": "DOLLAR"},
                            "text": "Lighting for hall 3",
                            "bottomLabel": "€24,800 · Proposal · closes 12 December 2026",
                        }
                    },
                    {
                        row: {
                            "startIcon": {"knownIcon": "DOLLAR"},
                            "text": "Showroom lamps",
                            "bottomLabel": "€3,150 · Negotiation · closes 30 January 2027",
                        }
                    },
                ],
            },
            {
                "header": "This mail",
                "widgets": [
                    {
                        row: {
                            "startIcon": {"knownIcon": "CONFIRMATION_NUMBER_ICON"},
                            "text": "Not linked yet",
                            "bottomLabel": "A linked mail stands in the record's Emails list, for all colleagues.",
                            "wrapText": True,
                        }
                    },
                    buttons(button("Update from this mail", press(base_url, "update")), button("Notes", press(base_url, "notes"))),
                    text('<font color="#d93025">The CRM answered slowly.</font> <i>What you see is 3 minutes old.</i>'),
                ],
            },
        ],
        "fixedFooter": {
            "primaryButton": button("Link this mail", press(base_url, "link"), color=BLUE),
            "secondaryButton": button(
                "View in CRM", {"openLink": {"url": f"{base_url}/elsewhere"}}, color={"red": 0.91, "green": 0.94, "blue": 0.98}
            ),
        },
    }


def form_card(base_url: str) -> Json:
    """The form that adds a person, with an error line."""
    return {
        "header": {"title": "Add to the CRM", "subtitle": "julien.petit@menuiserie-petit.example"},
        "sections": [
            {
                "widgets": [
                    {
                        "selectionInput": {
                            "name": "kind",
                            "label": "Add as",
                            "type": "DROPDOWN",
                            "items": [
                                {"text": "Lead", "value": "lead", "selected": True},
                                {"text": "Contact", "value": "contact", "selected": False},
                            ],
                            "onChangeAction": act(base_url, "kind", persistValues=True),
                        }
                    },
                    text('<font color="#d93025">Company is missing.</font>'),
                    {"textInput": {"name": "first", "label": "First name", "value": "Julien", "type": "SINGLE_LINE"}},
                    {"textInput": {"name": "last", "label": "Last name *", "value": "Petit", "type": "SINGLE_LINE"}},
                    {
                        "textInput": {
                            "name": "company",
                            "label": "Company *",
                            "hintText": "Needed for a lead.",
                            "type": "SINGLE_LINE",
                            "validation": {"characterLimit": 100, "inputType": "TEXT"},
                        }
                    },
                    {"textInput": {"name": "note", "label": "Note", "type": "MULTIPLE_LINE"}},
                    {
                        "selectionInput": {
                            "name": "source",
                            "label": "Lead source",
                            "type": "DROPDOWN",
                            "items": [{"text": "Web site", "value": "web"}, {"text": "Trade fair", "value": "fair"}],
                        }
                    },
                    {
                        "selectionInput": {
                            "name": "rating",
                            "label": "Rating",
                            "type": "RADIO_BUTTON",
                            "items": [{"text": "Warm", "value": "warm"}, {"text": "Cold", "value": "cold"}],
                        }
                    },
                    {
                        "selectionInput": {
                            "name": "topics",
                            "label": "Interested in",
                            "type": "CHECK_BOX",
                            "items": [
                                {"text": "Workshops", "value": "workshop"},
                                {"text": "Shops", "value": "shop"},
                                {"text": "Offices", "value": "office"},
                            ],
                        }
                    },
                    {
                        "selectionInput": {
                            "name": "also",
                            "type": "SWITCH",
                            "items": [{"text": "Link this mail too", "value": "yes", "selected": True}],
                        }
                    },
                    {"dateTimePicker": {"name": "next", "label": "Next contact on", "type": "DATE_ONLY", "valueMsEpoch": "1796083200000"}},
                    {"decoratedText": {"text": "No newsletter", "switchControl": {"name": "quiet", "selected": False}}},
                ]
            }
        ],
        "fixedFooter": {
            "primaryButton": button("Add lead", press(base_url, "save", persistValues=True), color=BLUE),
            "secondaryButton": button("Cancel", press(base_url, "cancel"), color={"red": 0.91, "green": 0.94, "blue": 0.98}),
        },
    }


def every_widget_card(base_url: str) -> Json:
    """The widgets the other two cards do not have."""
    return card(
        "All the rest",
        {"image": {"imageUrl": "https://pictures.example/missing.svg", "altText": "A plan of the hall"}},
        {"divider": {}},
        {
            "grid": {
                "title": "Lamps",
                "columnCount": 2,
                "borderStyle": {"type": "STROKE"},
                "items": [{"id": "one", "title": "Linear 120", "subtitle": "€190"}, {"id": "two", "title": "Round 40", "subtitle": "€85"}],
                "onClick": press(base_url, "grid"),
            }
        },
        {
            "chipList": {
                "chips": [
                    {"label": "Customer", "icon": {"knownIcon": "STAR"}, "onClick": press(base_url, "chip")},
                    {"label": "Archived", "disabled": True},
                ]
            }
        },
        buttons(
            button("Filled", press(base_url, "filled"), color=BLUE),
            button("Disabled", press(base_url, "never"), disabled=True),
            {"icon": {"knownIcon": "PHONE"}, "altText": "Call", "onClick": press(base_url, "call")},
            button(
                "More",
                {"overflowMenu": {"items": [{"text": "Notes", "onClick": press(base_url, "notes")}, {"text": "Off", "disabled": True}]}},
            ),
        ),
        {
            "textInput": {
                "name": "city",
                "label": "City",
                "initialSuggestions": {"items": [{"text": "Lyon"}]},
                "autoCompleteAction": act(base_url, "cities"),
            }
        },
        {"dateTimePicker": {"name": "at", "label": "At", "type": "DATE_AND_TIME"}},
        {"dateTimePicker": {"name": "time", "label": "Time", "type": "TIME_ONLY"}},
    )
