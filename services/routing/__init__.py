"""Routing: owns the desk description and the decision which queue a ticket gets.

Hears `tickets.ticket.created` and `tickets.ticket.routing-requested`; says `routing.desk.applied`
and `routing.ticket.routed`.
"""
