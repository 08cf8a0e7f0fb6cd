"""What the portal may ask of tickets: intentions, answered over the bus."""
