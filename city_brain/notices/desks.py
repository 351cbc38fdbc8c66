"""Whose desk is whose: what a person stands for when cases come and notices are given."""

from __future__ import annotations

from city_brain.cases.lifecycle import POSTS
from city_brain.roles import Actor, Role


def desk(actor: Actor) -> str:
    """The desk somebody sits at: a person, and for a department's also whose."""
    return f"{actor.signature}@{actor.department}" if actor.department else actor.signature


def posts_of(actor: Actor) -> list[str]:
    """The holders somebody stands for: their post, or their department; its superior too."""
    if actor.role is Role.DEPARTMENT:
        return [actor.department, f"lead:{actor.department}"] if actor.department else []
    return [name for post, role in POSTS.items() if role is actor.role for name in (post, f"lead:{post}")]
