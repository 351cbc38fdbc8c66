"""Components of the alert desk."""
