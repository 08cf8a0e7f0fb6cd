"""Logs and figures by which a service is watched."""
