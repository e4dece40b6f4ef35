"""The process that tells webhooks what happened: it follows the store, keeps what is due, signs, calls, tries again."""
