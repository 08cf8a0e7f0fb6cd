"""Live updates: which names of changed things go to whose browser."""
