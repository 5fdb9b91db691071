"""Key ceremonies: what is done with the root's key, on a machine without a network, before witnesses."""
