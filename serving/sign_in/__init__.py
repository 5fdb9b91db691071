"""Signing in by OpenID Connect: the way to the provider and back, and the sessions that follow.

What a person may do then is the business of the part that they sign in to.
"""
