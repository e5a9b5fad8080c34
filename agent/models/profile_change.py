"""A profile with some of its values changed by hand."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from agent.errors import ProfileError
from agent.models.profile import Profile


def changed(profile: Profile, values: Sequence[str]) -> Profile:
    """The profile with these `key=value` in it. Raises ProfileError."""
    given: dict[str, str] = {}
    for text in values:
        key, sign, value = text.partition("=")
        if not sign or key not in Profile.model_fields or key == "options":
            known = ", ".join(name for name in Profile.model_fields if name != "options")
            raise ProfileError(f"{text!r} is not KEY=VALUE with one of these keys: {known}.")
        given[key] = value
    try:
        return Profile.model_validate({**profile.model_dump(), **given})
    except ValidationError as error:
        first = error.errors()[0]
        raise ProfileError(f"{first['loc'][0]}={given[str(first['loc'][0])]}: {first['msg']}.") from error
