"""The network itself: members, certificates, claim catalogue, registration certificates, trust list."""
