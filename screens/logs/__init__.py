"""The way of a log line: read elsewhere, parsed here, kept in a bounded store, shown by a pane."""
