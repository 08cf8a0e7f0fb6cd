"""`./sportello recover`: five databases that were restored from backups of different times become
one installation again.

Each service's own database says what is true of what that service owns. Where another service is
older, it is told again (`replay`); where it is newer, it has something that its owner does not
know: that is kept in a file and removed, because the owner will soon give the same version to
another change.

cli.py           the command, in its order, and the newest desk that any service has
lost_tickets.py  no ticket number is given twice, and a ticket that is made again gets its own back
orphans.py       what notify and the portal have beyond their owners
removed_rows.py  the file for what is removed
"""
