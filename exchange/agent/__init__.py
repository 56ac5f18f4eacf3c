"""The ai verb: an agent that talks and calls functions."""
