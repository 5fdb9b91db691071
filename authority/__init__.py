"""The network's authority: admits members, approves questions, publishes the trust list as static files."""
