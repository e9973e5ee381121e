"""What all screens share beside their keys: habits of a terminal program."""
