"""Joining a network and staying in it: what a department's and a service's server have in common.

`pdx join` asks the network's office for certificates with the code of a link; `renewal` asks for the next
ones while the server runs. What differs between the kinds of server is each part's own (`part`).
"""
