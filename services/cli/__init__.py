"""The commands of `./sportello`, and what only they need: they alone know all services at once."""
