"""notify: every mail to a requester.

Owns: the ledger of deliveries (one row is one mail to one recipient). Hears: `tickets.ticket.*`,
the desk. Says: `notify.delivery.sent`, `.delayed`, `.failed`.
"""
