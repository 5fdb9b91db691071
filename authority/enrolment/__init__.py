"""Enrolment: a member's server gets its first certificates by a link, and the next ones by itself.

People decide who may enrol and who takes part; the office takes requests in; whoever has the keys certifies
them (`certify_requests`, a step of `pdx authority keep`). The office never has a key.
"""
