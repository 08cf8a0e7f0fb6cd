"""The portal's copy of the tickets: what each event changes in it, and how it is stored."""
