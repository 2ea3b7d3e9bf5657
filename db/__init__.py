"""What the library knows and decides. Does not know screens or devices."""
