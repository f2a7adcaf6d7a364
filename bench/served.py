"""What is measured: the whole service with its Google elsewhere, and the floor beside it. gunicorn bench.served:app"""

import os

from flask import Response, request

from main import GoogleSide, create_app
from playground.gmail import CERTIFICATES_PATH, GOOGLE_PREFIX
from playground.keys import DEVELOPMENT_CLIENT_ID, DEVELOPMENT_SERVICE_ACCOUNT
from settings import Settings

_google = os.environ["BENCH_GOOGLE"] + GOOGLE_PREFIX
app = create_app(Settings(), GoogleSide(_google, _google + CERTIFICATES_PATH, DEVELOPMENT_SERVICE_ACCOUNT, DEVELOPMENT_CLIENT_ID))
_CARD = b'{"action":{"navigations":[{"pushCard":{"header":{"title":"Anna Roy"},"sections":[' + b" " * 3000 + b"]}}]}}"


@app.post("/floor")
def floor() -> Response:
    """The least a card can cost on this server: the body read, a fixed answer written."""
    request.get_data()
    return Response(_CARD, mimetype="application/json")


app.extensions["csrf"].exempt(app.view_functions["floor"])
