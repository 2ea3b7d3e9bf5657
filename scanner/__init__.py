"""Pictures, keys and bytes in, believed codes out. Does not know what a code means."""
