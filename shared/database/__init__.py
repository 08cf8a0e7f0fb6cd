"""The ground under every service's own database: connections, units of work, bulk writes,
migrations.
"""
