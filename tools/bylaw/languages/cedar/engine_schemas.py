"""The engine's own form of a schema, built once for each: every call with text would pay for parsing it again."""

from functools import lru_cache

import cedarpy

from bylaw.languages.cedar.schema import Schema


# INVARIANT: a schema is immutable, and equal only to itself. The handle cannot be pickled, so it is not kept on the schema.
@lru_cache(maxsize=16)
def engine_schema(schema: Schema) -> cedarpy.Schema:
    """The handle for `schema`."""
    return cedarpy.Schema.from_str(schema.text)
