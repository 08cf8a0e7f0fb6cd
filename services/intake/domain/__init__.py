"""What a form asks and which answers are right: pure, one definition from which page, JSON Schema
and check are derived.
"""
