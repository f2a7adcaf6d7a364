"""A stand-in for the parts of Google that workspaces need, over real HTTP on this machine: sign-in, service accounts and
delegation, the Marketplace's licences, the directory, revocation. Where Google's documentation has an odd case, so has this.
"""
