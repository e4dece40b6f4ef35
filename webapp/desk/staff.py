"""Who may see the desk."""

from flask_login import current_user

from domain.errors import Forbidden


def require() -> None:
    """Raises Forbidden for everybody but moderators."""
    if not current_user.is_moderator:
        raise Forbidden("Only moderators see this page.")


def require_not_own(handle: str) -> None:
    """Raises Forbidden where it is about the viewer: who reported it is not for them, moderator or not."""
    if handle == current_user.handle:
        raise Forbidden("This is about what is yours: it is for other moderators.")
