"""The ticket, pure: its parts, its verbs, its beginning."""
