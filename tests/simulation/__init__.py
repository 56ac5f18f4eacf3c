"""Days simulated on the exchange, beside what queueing theory expects of them."""
