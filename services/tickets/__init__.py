"""Tickets: the cases themselves.

Owns tickets, their articles, history and hops, and decides who may do what. Hears requests from
intake, decisions and the desk from routing, the state of mails from notify, and the portal's
commands. Says `tickets.ticket.*`: one event for each change of a ticket.
"""
