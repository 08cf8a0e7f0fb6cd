"""The mark of personal data."""

from typing import Annotated, TypeVar

from pydantic import Field

T = TypeVar("T")

Personal = Annotated[T, Field(json_schema_extra={"personal": True})]
"""Marks a field as personal data, so that a stream without such fields can be derived by machine."""
