"""SalesInbox: people's mailboxes, synchronised over IMAP and shown under the leads and contacts they concern."""
