"""Runs services in a process: starts and stops web server, consumers, relays and jobs in order."""
