"""`python -m addon.cards`: every sample card as JSON lines {"name", "card"}."""

import orjson

from addon.cards.samples import sample_cards

for name, card in sample_cards("https://sidecard.example"):
    print(orjson.dumps({"name": name, "card": card}).decode())
