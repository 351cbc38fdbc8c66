"""Policies of dispatch compared in simulation: the same cases and teams, another rule."""
