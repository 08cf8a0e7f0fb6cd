"""Settings and the secret for the command line, read from the environment."""

from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from pydantic import SecretStr, ValidationError

from services.cli.reporting import refuse
from shared.core.settings import CommonSettings, SettingsRefused
from shared.observability.logs import set_up_logs


def read_settings(data: Path | None, **defaults: str) -> CommonSettings:
    """Return the settings of this process and set up its logs; `defaults` fill in for unset
    variables.

    Ends the command with a sentence if a setting is not valid.
    """
    given: dict[str, Any] = {"data": data} if data is not None else {}
    try:
        common = CommonSettings(**given)
    except SettingsRefused as error:
        refuse(str(error))
    except ValidationError as error:
        refuse(
            "; ".join(
                f"{_name(e['loc'])}{e['msg'].removeprefix('Value error, ')}"
                for e in error.errors(include_url=False)
            )
        )
    common = common.model_copy(
        update={
            name: value for name, value in defaults.items() if name not in common.model_fields_set
        }
    )
    set_up_logs(common.log_level, security=common.security_file)
    return common


def with_kept_secret(common: CommonSettings) -> CommonSettings:
    """Return `common` with the secret of the state folder, made at the first start, unless the
    environment gave one.
    """
    return (
        common
        if common.secret.get_secret_value()
        else _with_secret(common, _kept_secret(common.data))
    )


def with_any_secret(common: CommonSettings) -> CommonSettings:
    """Return `common` with its secret, or with a new one for this process, for work without
    sign-in.
    """
    return common if common.secret.get_secret_value() else _with_secret(common, token_urlsafe(32))


def _name(location: tuple[int | str, ...]) -> str:
    return f"SPORTELLO_{'_'.join(map(str, location)).upper()}: " if location else ""


def _with_secret(common: CommonSettings, secret: str) -> CommonSettings:
    return common.model_copy(update={"secret": SecretStr(secret)})


def _kept_secret(data: Path) -> str:
    path = data / "secret"
    if not path.exists():
        # The file is renamed when it is complete, so a start that is killed leaves no empty secret.
        unfinished = path.with_suffix(".part")
        unfinished.touch(mode=0o600)
        unfinished.write_text(token_urlsafe(32), encoding="utf-8")
        unfinished.replace(path)
    return path.read_text(encoding="utf-8").strip()
