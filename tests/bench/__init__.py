"""`./sportello bench`: what this installation does on this machine, in ratios to what the machine
itself can do.

Everything runs on loopback, bounded in count and time, with private servers in temporary folders.
"""
