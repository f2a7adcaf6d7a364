"""Coming in and going out.

The link from a card is redeemed by the GET itself: one press in Gmail, no second button. Signing in with Google is in
`google_sign_in`.
"""

from flask import Blueprint, Response, request

from console.pages import see_other
from console.prefetch import only_looking
from console.session import end_session, signed_in_person, start_session
from console.visitors import HOME, ActAs, Visitors
from tenants.sign_in import SignInCodes, is_local_path


def add_sign_in_pages(console: Blueprint, visitors: Visitors, codes: SignInCodes, act_as: ActAs | None) -> None:
    @console.get("/signin/<code>")
    def sign_in(code: str) -> Response:
        if only_looking():
            return Response(status=204, headers=[("Cache-Control", "no-store")])
        signed_in = codes.redeem(code)
        if signed_in is None:
            return visitors.link_spent()
        start_session(signed_in.person_id)
        return see_other(signed_in.target)

    @console.get("/signin")
    def entrance() -> Response:
        return visitors.signed_out() if signed_in_person() is None else see_other(HOME)

    @console.post("/signout")
    def sign_out() -> Response:
        end_session()
        return see_other("/signin")

    if act_as is None:
        return

    @console.post("/signin/as")
    def act() -> Response:
        """Development only."""
        known = {person.email for person in act_as.people}
        email, target = request.form.get("email", ""), request.form.get("target", HOME)
        person_id = act_as.person_id(email) if email in known else None
        if person_id is None:
            return visitors.signed_out()
        start_session(person_id)
        return see_other(target if is_local_path(target) and not target.startswith("/signin") else HOME)
