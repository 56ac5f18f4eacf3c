"""The records: calls, transfers, people, queues, messages, outbound calls and texts."""
