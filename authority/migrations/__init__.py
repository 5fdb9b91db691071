"""The authority's tables, one script a change."""
