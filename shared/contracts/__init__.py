"""What the services tell and ask each other: events, commands, the desk, people."""
