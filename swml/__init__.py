"""The platform's language, both ways: what we tell it to do, and what it tells us. Knows nothing of our business."""
