"""What people read.

Each function takes an open connection and the `Viewer` who reads; what a viewer may not see is not
found.
"""
