"""Strangers' programs: calls and clients generated from the documents under deploy/api, against a
whole installation.
"""
