"""Whole installations from outside, over HTTP only."""
