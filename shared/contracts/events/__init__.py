"""The facts the services tell each other: one module for each owner, one frozen class for each fact."""
