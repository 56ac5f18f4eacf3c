"""Texts, e-mail, webhooks and summaries."""
