"""portal: what operators and requesters see.

Owns: the read model (tickets, articles, history, deliveries, notices and which of them were read). Hears: everything about tickets,
mails and notices, the desk. Says: which operators are there (`OperatorsPresent`); all else it asks of tickets and notify by commands.

How the pages read and act (`portal = portal_of(request)` from `context`, `caller` is a `shared.web.auth.Caller`):

    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())     # queries.viewers; has .desk, .is_operator, .queues, .permissions
        tree = await queue_tree(connection, viewer, language)           # queries.overview; nodes: domain.queue_tree.QueueNode
        board = await dashboard(connection, viewer)                     # queries.overview; piles with .count and .tickets
        found = await list_tickets(connection, viewer, asked.wanted, sort=asked.sort, limit=asked.limit, after=asked.after)
                                                                        # queries.lists; asked = paging.tickets_asked(page, me=..., q=...)
                                                                        # found.items, cursor of the next page: asked.cursor(found.next)
        ticket = await get_ticket(connection, viewer, number, language=language)
                                                                        # queries.tickets; raises NotThere; domain.views.TicketWithArticles
        ticket = await get_ticket_or_child(connection, viewer, number, language=language)
                                                                        # queries.tickets; for its parent's owner domain.views.ChildView
        entries, _ = await get_history(connection, viewer, number, limit=200)                  # queries.history; what the viewer may see
        told = await notices_of(connection, viewer, number)             # queries.notices; who was told of which change
        mine = await list_requests(connection, viewer, language=language, limit=50)            # queries.lists
        request = await get_request(connection, viewer, number, language=language)             # queries.tickets; .may_reply, .may_withdraw
        bell, further = await list_notices(connection, viewer, limit=25)                       # queries.notices; also count_unread
    done = await act(portal, Take(caller=caller.as_requester(), number=number), key=command_id)  # usecases; raises Refusals, NoAnswer, ...

A page that was acted on reads again and shows the result: when `done.is_shown` is false it says that the result is still on its way.
`sessions.known_person(desk, identity)` is who a chosen identity is. `/live` streams events `changed` (data: `queues`, `my` and `bell`, what
changed); `/live?ticket=NUMBER` and `/live?request=NUMBER` tell of one ticket and its family only (data: `ticket:NUMBER`, and `bell`).
"""
