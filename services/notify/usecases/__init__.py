"""What notify does, by what it is about."""
