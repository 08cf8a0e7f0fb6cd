"""Every command of `./sportello`, as somebody types it."""
