"""The pages of the portal: thin, over the same queries and the same `act` as the API; every page works without JavaScript.

`routers` in `services.portal.pages.routers` is all of them, `page_context` in `frame` what the base page wants to know.
"""
