"""Many requests as one transaction: what was sent at the same moment becomes durable together."""
