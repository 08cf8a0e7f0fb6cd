"""Basic types for all modules: ids, errors, the clock, the cause of a change, and settings."""
