"""What breaks around and inside a running installation, and what must hold afterwards."""
