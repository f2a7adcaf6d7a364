"""A stand-in for Microsoft's identity platform as far as mailboxes need it: consent, tokens, renewal."""
