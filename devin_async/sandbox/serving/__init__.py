"""The socket side: reads requests, lets faults strike, writes answers."""
