"""What the verifier does, one verb a file."""
