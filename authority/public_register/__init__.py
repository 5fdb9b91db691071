"""The public register: who may ask what, why, by which law, since when, as pages and JSON for everybody.

Pure: the network and its log go in, files come out. `pdx authority publish` puts them beside the trust list.
"""
