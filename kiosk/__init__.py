"""The touch screen, and everything that joins camera, records and printer into one visit."""
