"""What the portal decides without any database: who sees what, and how a ticket looks to whom."""
