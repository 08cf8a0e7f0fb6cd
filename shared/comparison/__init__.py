"""Compares the data of two services, and finds what one of them has and the other does not."""
