"""What a delivery is and how its life goes.

Pure: no I/O, no clock, no chance; time and luck are arguments.
"""
