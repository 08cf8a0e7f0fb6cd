"""Forms, their fields, and the check of answers.

The modules are pure. The page, the JSON Schema and the check derive from one definition of a form.
"""
