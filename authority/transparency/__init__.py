"""The log of everything the authority did: written, published, and audited by anybody."""
