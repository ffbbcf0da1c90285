"""Ways in from other software."""
