"""What a rehearsed Sovereign's name hangs on: a registrar, its name server, an entrance."""
