"""One place for paths, the key file and limits: environment, then ``frontdoor.toml``, then defaults."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PREFIX = "FRONTDOOR_"
FILE = "frontdoor.toml"


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the message names the setting and the value."""


def shipped_profiles() -> Path:
    """Folder of the profiles that come with the software: in a clone, or inside an installed wheel."""
    package = Path(__file__).resolve().parent
    installed = package / "shipped_profiles"
    return installed if installed.is_dir() else package.parent / "data" / "profiles"


class Settings(BaseSettings):
    """Paths (relative ones count from the working folder), key file, address and limits."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, toml_file=FILE, extra="forbid", frozen=True
    )

    inbox: Path = Path("data/inbox")
    warehouse: Path = Path("data/warehouse")
    state: Path = Path("data/state")
    profiles: Path = Field(default_factory=shipped_profiles)
    key_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8050, ge=1, le=65535)
    threads: int = Field(default=2, ge=1, le=256)
    memory_limit_mb: int = Field(default=1000, ge=100)
    query_seconds: int = Field(default=20, ge=1)
    # What is erased at the source is gone from every kept version within three loads.
    keep_versions: int = Field(default=3, ge=1, le=3)
    largest_fall_percent: int = Field(default=40, ge=1, le=100)

    @field_validator("host")
    @classmethod
    def _loopback_only(cls, host: str) -> str:
        # There is no login yet, so nobody but this machine may reach the pages.
        if host != "localhost" and not _is_loopback(host):
            raise ValueError("only this machine may be served (127.0.0.1, ::1 or localhost)")
        return host

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file; no dotenv and no secrets folder."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**given: Any) -> Settings:
    """Settings with ``given`` values (``None`` = not given) first; raises SettingsError in plain words."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(problem) for problem in error.errors())) from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{FILE} cannot be read: {error}") from None


def _sentence(problem: Any) -> str:
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{FILE}: {name!r} is not a setting; known are {', '.join(sorted(Settings.model_fields))}."
    reason = problem["msg"].removeprefix("Value error, ")
    return f"The setting {name} ({PREFIX}{name.upper()}) has the value {problem['input']!r}: {reason}."


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
