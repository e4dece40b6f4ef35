"""What developers use beside the site; nothing of it runs in production."""
