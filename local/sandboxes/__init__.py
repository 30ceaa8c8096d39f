"""Partners on loopback: real HTTP servers that keep state and can be told to fail."""
