"""What a person hears and reads before a caller reaches them."""
