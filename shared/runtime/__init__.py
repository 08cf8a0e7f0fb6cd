"""Runs services in a process: web server, consumers, relays and jobs; starts and stops them in order.

A service's `main.build(common, bus, clock)` returns a `Service`; `run_services` does the rest.
"""
