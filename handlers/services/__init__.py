"""What the platform's requests, the web pages and the jobs share."""
