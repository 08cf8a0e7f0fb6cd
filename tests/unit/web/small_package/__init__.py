"""A package with a template and a catalogue of its own."""
