"""The portal's API, as INTERFACES has it: one module for each thing it is about."""
