"""The OpenAPI document, without what the framework promises and this hub does not do."""

from typing import Any

from fastapi import FastAPI


def make_truthful(api: FastAPI) -> None:
    """Take 422 out of the document: what is wrong with a request is answered 400, in our own words."""
    made = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            document = made()
            for methods in document["paths"].values():
                for operation in methods.values():
                    operation["responses"].pop("422", None)
            for unused in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(unused, None)
            api.openapi_schema = document
        return api.openapi_schema

    # The framework's own way to extend the document (its page "Extending OpenAPI").
    api.openapi = openapi  # type: ignore[method-assign]
