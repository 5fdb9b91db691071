"""A service: asks approved questions over OpenID4VP 1.0 and gets answers."""
