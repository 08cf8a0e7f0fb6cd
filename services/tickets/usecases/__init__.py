"""One function for each verb: things to use first, facts as keywords, time and cause passed in, no
commit.

Each refuses in the order of the public face (unseen, right, value, state or owner) before it writes
anything.
"""
