"""What intake does."""
