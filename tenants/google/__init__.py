"""What is asked of Google on behalf of workspaces: licences, the directory, sign-in, delegation, revocation. Knows no database."""
