"""`gunicorn main:app` starts with nothing but environment variables, as on App Engine, and stops when told."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_production_starts_from_the_environment_alone(database_url: str) -> None:
    port = free_port()
    entrypoint = re.search(r"^entrypoint: (.+)$", (ROOT / "app.yaml").read_text(), re.MULTILINE)
    assert entrypoint is not None
    command = entrypoint[1].replace(":$PORT", f"127.0.0.1:{port}").split()
    environment = {
        "PATH": os.environ["PATH"],
        "SIDECARD_BASE_URL": "https://crm.example.com",
        "SIDECARD_SECRET_KEY": "k" * 32,
        "SIDECARD_GOOGLE_SERVICE_ACCOUNT": "service-1@gcp-sa-gsuiteaddons.iam.gserviceaccount.com",
        "SIDECARD_GOOGLE_CLIENT_ID": "1-x.apps.googleusercontent.com",
        "SIDECARD_WORKSPACE_DOMAINS": "example.com",
        "DATABASE_URL": database_url,
    }
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        base = f"http://127.0.0.1:{port}"
        assert get(f"{base}/healthz") == (200, b"ok")
        assert get(f"{base}/playground")[0] == 404
        assert get(f"{base}/playground/google/oauth2/v1/certs")[0] == 404
        status, page = get(f"{base}/crm")
        assert status == 401
        assert b"paul.martin" not in page, "no sample people outside development"
        request = urllib.request.Request(f"{base}/addon/home", json.dumps({}).encode(), {"Content-Type": "application/json"})
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(request, timeout=30)
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_without_settings_it_says_what_is_missing() -> None:
    command = [sys.executable, "-c", "import main; main.app"]
    ran = subprocess.run(command, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    assert "SIDECARD_GOOGLE_SERVICE_ACCOUNT" in ran.stderr
