"""The web edge that intake and portal share. How a service uses it:

*Composition root* (`main`):

    app = build_app(
        title="Sportello: portal",
        packages=("services.portal",),
        tokens=Tokens(secret),
        routers=[api.router, pages.router],
        health=Health(checks={"database": check}, registry=registry),
        needs_sign_in=lambda path: path.startswith("/api/"),
        page_context=lambda request: {"section": ...},
        options=WebOptions(...),
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
    )
    app.state.portal = ...

`packages` have `templates/` and `locale/it.po`, which come before those of `shared.web`. Paths that
`needs_sign_in` names are answered 401 before any other refusal. `page_context` is added to the
context of every template. Handlers find `app.state` in their request.

A route that must be fast may pass FastAPI by: `direct=(Direct("POST", pattern, handler),)`
(shared.web.direct), with the same manners.

*Who calls* (`auth`): parameters `caller: CurrentCaller` (a `Caller` or None) or `caller: SignedIn`,
which answers 401 (API) or 303 to `/login?next=` (pages). `Caller` has `identity, name, email,
affiliation`, `as_requester()`, `as_actor()`. Log in with `set_session(request, response, caller)`
(returns the token), out with `clear_session(request, response)`. Unsafe requests that carry the
cookie and come from another site are refused before the handler runs; `Depends(same_site)` does the
same for the login itself.

*Refusals* (`errors`): raise any `shared.core.errors.Refusal`, `NoAnswer`, `BusUnreachable`, or
`BadInput.of("field", N_("..."), limit=3)` (422 naming fields), `Unavailable(N_("..."),
retry_after=30)`; the answer is problem+json, or an HTML page for browsers outside `/api/`. A page
that wants to show a refusal in place catches it and asks `problem_of(error,
translator_of(request))` (`.status`, `.title`, `.detail`, `.errors`: dicts of `field` and
`message`). The sentences stand in `refusals`, with the names of states and triggers.

*Languages*: `language_of(request)` (shared.web.language) is "it" or "en";
`translator_of(request)("There are %(n)s.", n=3)` (shared.web.state) translates. The msgid is the
English sentence; the Italian stands in `<package>/locale/it.po`. A sentence that is translated
later than it is written is marked `N_("...")` (shared.text.sentences). In templates: `{{ _("...")
}}` or `{% trans %}...{% endtrans %}`. A test finds every sentence without translation.

*Pages* (`pages`): `render(request, "ticket.html", status_code=200, **context)`. Autoescaped;
undefined names are errors. Every template sees `request`, `language`, `other_language_url`,
`languages`, `caller` (or None), `timezone`, the global `static(path)` and the filters `moment`,
`short_moment`, `day`, `clock_time`, `decimal`, which give text, `mailto`, which gives a link, and
`linked`, which makes links of the addresses in a text. Pass `timezone=desk.timezone` where times
are shown.

*Forms of pages*: `fields = await read_form(request)` (shared.web.input) gives `dict[str, str]`,
already checked.

*Lists* (`pagination`): a parameter `page: PageAsked` has `.limit` and `.after(scope, str, str)`:
None, or the sort values of the cursor; `make_cursor(scope, values)` makes the next. `scope` names
the list with its filters and order.

*Idempotency* (`idempotency`): a parameter `key: IdempotencyKey` (str or None, malformed 422),
`checked_key(text, field=...)` for hidden fields, and `body_hash(value)` (32 bytes).

*JSON*: handlers return pydantic models, or `JsonAnswer(value)` (shared.web.responses) to skip the
serialisation by model.
"""
