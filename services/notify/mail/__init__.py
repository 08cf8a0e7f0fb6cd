"""Mails: their templates, their MIME form, and the dispatcher that sends them."""
