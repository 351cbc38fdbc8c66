"""Reading: from cells of text to rows of the normalised form."""
