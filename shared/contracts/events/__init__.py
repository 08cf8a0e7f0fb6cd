"""The events of the services: one module for each owner, one frozen class for each event."""
