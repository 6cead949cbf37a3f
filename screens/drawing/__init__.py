"""What the screens show, as pure functions: values in, rows of text out, no Textual, no clock."""
