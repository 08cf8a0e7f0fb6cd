"""What the five services have in common: the words they exchange and the ground they stand on.

Imports no service.
"""
