"""The process that delivers webhooks: queues the store's new events, signs them, POSTs them, retries on a schedule."""
