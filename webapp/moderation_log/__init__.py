"""The moderation log for everybody: a page with filters, and a feed."""
