"""The small service behind the web app: it serves files and says which network the wallet belongs to.

It takes no personal data: links that open the wallet carry their offer or request in the query string,
which the page reads by itself and which is never logged here.
"""
