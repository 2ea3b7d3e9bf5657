"""The settings of one machine. Knows nothing of the rest of the program."""
