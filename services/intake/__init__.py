"""intake: the door through which requests come in.

Owns: forms, submissions. Hears: `tickets.ticket.created` (the number of a submission), the desk.
Says: `intake.request.submitted`.
"""
