"""Who takes part: organisations, the people who act for them, and what was decided about them."""
