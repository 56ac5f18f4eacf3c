"""What every part of the exchange shares: time, wires, the ladder, legs."""
