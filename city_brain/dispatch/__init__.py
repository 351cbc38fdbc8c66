"""Dispatch: teams, where they are, who is sent to which case, and how long it took. Never two cases for one team."""
