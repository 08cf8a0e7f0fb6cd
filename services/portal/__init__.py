"""portal: what operators and requesters see.

Owns: the read model (tickets, articles, history, deliveries, notices and which of them were read).
Hears: everything about tickets, mails and notices, the desk. Says: which operators are there
(`OperatorsPresent`); all else it asks of tickets and notify by commands.

How the pages read and act (`portal = portal_of(request)` from `context`, `caller` is a
`shared.web.auth.Caller`):

    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        tree = await queue_tree(connection, viewer, language)
        found = await list_tickets(connection, viewer, asked.wanted, sort=asked.sort, limit=25)
        ticket = await get_ticket(connection, viewer, number, language=language)
        entries, _ = await get_history(connection, viewer, number, limit=200)
        mine = await list_requests(connection, viewer, language=language, limit=50)
        bell, further = await list_notices(connection, viewer, limit=25)
    done = await act(portal, Take(caller=caller.as_requester(), number=number), key=command_id)

The functions that read stand in `queries`, each with what it returns and raises; `act` stands in
`usecases`.

A page that was acted on reads again and shows the result: when `done.is_shown` is false it says
that the result is still on its way. `sessions.known_person(desk, identity)` is who a chosen
identity is. `/live` streams events `changed` (data: `queues`, `my` and `bell`, what changed);
`/live?ticket=NUMBER` and `/live?request=NUMBER` tell of one ticket and its family only (data:
`ticket:NUMBER`, and `bell`).
"""
