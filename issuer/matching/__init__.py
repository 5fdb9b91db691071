"""Finding the one person whom staff or a sign-in describe, in a register that spells things its own way."""
