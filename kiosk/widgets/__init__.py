"""The few widgets the screens are made of. Keeps out which screen, and what is said."""
