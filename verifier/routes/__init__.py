"""What the verifier answers to: wallets, people, and services' own programs."""
