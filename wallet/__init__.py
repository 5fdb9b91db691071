"""The citizen's wallet: headless holder and command line, web app, and the service behind it."""
