"""A department's service: registers, claim definitions, matching, OpenID4VCI, status lists, staff pages."""
