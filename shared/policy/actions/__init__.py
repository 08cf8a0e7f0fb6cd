"""What people can do to a ticket: one row for each action, from which both faces of the portal
derive.
"""
