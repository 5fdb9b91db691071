"""The headless holder: everything a citizen's wallet decides, in Python; also what departments and services
test against.

Pure decisions stand in small modules (bytes in, values or errors out); `holder.py` is the shell that
fetches, stores and sends.
"""
