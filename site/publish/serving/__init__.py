"""Checks of the server of one's own pages before it answers: who, which path, and the gate.

login_link    who may come in: the account that started it, by a cookie from a one-time link
paths         which paths may be looked for on the disk at all
gatekeeper    that what is out is what the gate allows, at every request
"""
