"""What people say and write becomes values; what must not be repeated is taken out."""
