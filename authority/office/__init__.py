"""The office: the pages and the API on which members and reviewers do their part."""
