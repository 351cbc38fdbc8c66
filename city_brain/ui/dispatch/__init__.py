"""The dispatch desk: the queue, the map with the teams, who is proposed and why, who is under way."""
