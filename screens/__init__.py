"""The screens, one a file, in the order the operator meets them; they do no IO."""
