"""The school's books as values: what a register says of some days (domain specification 2.3)."""
