"""Values that every module may use: ids, errors, the clock, the cause of a change, settings."""
