"""The portal's pages: thin, over the same queries and commands as the API; every page works without
JavaScript.
"""
