"""What is told of teams and their work: in the file of a case, and as response figures."""
