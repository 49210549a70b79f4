"""Checks that `site serve` makes before it answers a request, and how it packs the answer.

login_link    lets in the account that started the server, by a one-time link and a cookie
paths         refuses paths that are not below the site
still_shown   sends no more of a file that is taken back while it is sent
compression   makes text smaller on its way
gatekeeper    refuses every answer while something is out that may not be
"""
