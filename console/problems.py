"""What goes wrong, said plainly: the CRM's refusals, forms that are too old, addresses that lead nowhere, our own faults."""

from flask import Blueprint, Response
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import InternalServerError, MethodNotAllowed
from werkzeug.exceptions import NotFound as NoSuchPage

from console.pages import MessageView, Pages
from console.visitors import HOME
from crm_client.errors import AuthExpired, Forbidden, NotFound, RateLimited, Unavailable

RETRY_SECONDS = 30


def add_problem_pages(console: Blueprint, pages: Pages) -> None:
    """CRM errors are told for the console's own pages, the rest for every address of the service nobody else answers."""

    @console.errorhandler(NotFound)
    def no_such_record(_error: NotFound) -> Response:
        language = pages.language()
        line = language.text("It was deleted, or it belongs to somebody else's CRM.")
        return pages.message(MessageView(language.text("There is no such record"), (line,), _home(pages)), 404)

    @console.errorhandler(Forbidden)
    def forbidden(_error: Forbidden) -> Response:
        language = pages.language()
        line = language.text("Your profile in the CRM does not let you see this. Its administrator can change that.")
        return pages.message(MessageView(language.text("You may not see this"), (line,), _home(pages)), 403)

    @console.errorhandler(AuthExpired)
    def expired(_error: AuthExpired) -> Response:
        language = pages.language()
        line = language.text("The CRM does not accept your connection any more. Ask its administrator.")
        return pages.message(MessageView(language.text("The connection to the CRM has ended"), (line,)), 403)

    @console.errorhandler(Unavailable)
    def unavailable(_error: Unavailable) -> Response:
        return _not_answering(pages, RETRY_SECONDS)

    @console.errorhandler(RateLimited)
    def rate_limited(error: RateLimited) -> Response:
        return _not_answering(pages, error.retry_after or RETRY_SECONDS)

    @console.app_errorhandler(CSRFError)
    def form_too_old(_error: CSRFError) -> Response:
        language = pages.language()
        lines = (
            language.text("Nothing was changed: the form did not come from a page of your present session."),
            language.text("Go back, load the page again and repeat what you did."),
        )
        return pages.message(MessageView(language.text("This form cannot be used any more"), lines), 400)

    @console.app_errorhandler(NoSuchPage)
    def no_such_page(_error: NoSuchPage) -> Response:
        language = pages.language()
        line = language.text("The address is mistyped, or the page has moved.")
        return pages.message(MessageView(language.text("There is no such page"), (line,), _home(pages)), 404)

    @console.app_errorhandler(MethodNotAllowed)
    def wrong_method(error: MethodNotAllowed) -> Response:
        language = pages.language()
        line = language.text("This address does not take that kind of request.")
        response = pages.message(MessageView(language.text("That does not work here"), (line,), _home(pages)), 405)
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response

    @console.app_errorhandler(InternalServerError)
    def our_fault(_error: InternalServerError) -> Response:
        language = pages.language()
        line = language.text("The fault is ours and has been written down. Try again; if it stays, tell your administrator.")
        return pages.message(MessageView(language.text("Something went wrong"), (line,), _home(pages)), 500)


def _home(pages: Pages) -> tuple[str, str]:
    return HOME, pages.language().text("To the start page")


def _not_answering(pages: Pages, retry_seconds: int) -> Response:
    language = pages.language()
    lines = (language.text("Nothing is lost."), language.text("Wait a moment, then load this page again."))
    response = pages.message(MessageView(language.text("The CRM does not answer"), lines), 503)
    response.headers["Retry-After"] = str(retry_seconds)
    return response
