"""Text that people type: cleaning, field types, addresses, numbers, patterns, search words."""
