"""A department: reads its own register and issues claims over OpenID4VCI 1.0."""
