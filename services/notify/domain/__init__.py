"""Deliveries, their states, and the rules that decide who gets a mail or a notice.

The modules are pure: no I/O and no clock; the time and random numbers are arguments.
"""
