"""Rules that several services apply in the same way: permissions, conditions, routing rules."""
