"""Browsers and mail scanners that only look ahead must not use up what is good once."""

from flask import request


def only_looking() -> bool:
    """HEAD requests and announced prefetches; anything else that follows a link means it."""
    purpose = f"{request.headers.get('Sec-Purpose', '')} {request.headers.get('Purpose', '')}"
    return request.method == "HEAD" or "prefetch" in purpose.lower()
