"""Responsibility: who leads for which kind of matter where, what rulings propose to change, and what a change has done."""
