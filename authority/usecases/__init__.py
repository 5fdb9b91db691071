"""What the authority does, one verb a file. Each takes the time and the randomness it uses."""
