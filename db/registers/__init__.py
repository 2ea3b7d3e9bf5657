"""The school's books as values: what a register says of a range of dates (domain specification 2.3)."""
