"""Drills on the screen: the banner on every page of a session that has joined one, and the page that begins and ends them."""
