"""Queue entries, and the people who take them."""
