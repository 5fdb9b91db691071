"""The pages on which members propose and adopt, and reviewers decide."""
