"""Who may do what. Roles are few; a view names the permission it needs, and what is not named is refused."""

PERMISSIONS: dict[str, frozenset[str]] = {
    "viewer": frozenset({"see"}),
    "operator": frozenset({"see", "see_people", "decide"}),
    "editor": frozenset({"see", "see_people", "decide", "edit_scenarios"}),
    "admin": frozenset({"see", "see_people", "decide", "edit_scenarios", "edit_shop", "manage_keys"}),
    "owner": frozenset({"see", "see_people", "decide", "edit_scenarios", "edit_shop", "manage_keys", "manage_members"}),
}  # fmt: skip
"""Role -> permissions. `see_people`: names and addresses in clear; without it they are masked."""


def can(role: str, permission: str) -> bool:
    """Whether the role holds the permission; unknown roles hold none."""
    return permission in PERMISSIONS.get(role, frozenset())
