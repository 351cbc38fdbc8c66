"""Who is sent where: travel, the order of the queue, the match of teams and cases, where teams stand. Arrays and frames in and out."""
