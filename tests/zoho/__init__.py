"""The stand-in Zoho: a real server on this machine that behaves as Zoho CRM v8 does.

`server.zoho()` starts it, `fixtures.zoho_server` gives it to a test. Where Zoho's papers disagree or say nothing it takes
the harsher reading; each such place says so with the word "Unverified".
"""
