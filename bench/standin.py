"""The stand-in Google in a process of its own, so that its work is not counted as ours. gunicorn bench.standin:app"""

import os
from pathlib import Path

from flask import Flask

from playground.gmail import GoogleWeather, google_blueprint
from playground.keys import DevelopmentKey
from playground.mailbox import DROPPED, load_mailboxes

directory = Path(os.environ["BENCH_DIR"])
app = Flask(__name__)
app.register_blueprint(google_blueprint(DevelopmentKey.open(directory), load_mailboxes(directory / DROPPED), GoogleWeather()))
