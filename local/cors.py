"""The API's CORS configuration, applied as API Gateway applies it: before any function, to every answer."""

from typing import Any

from werkzeug.wrappers import Request, Response


class Cors:
    """Configured in OpenAPI's words: `allowOrigins`, `allowCredentials`, …"""

    def __init__(self, configuration: dict[str, Any]) -> None:
        self._origins: list[str] = configuration.get("allowOrigins", [])
        self._allows_cookies = bool(configuration.get("allowCredentials"))
        self._preflight = {
            "access-control-allow-methods": ",".join(configuration.get("allowMethods", [])),
            "access-control-allow-headers": ",".join(configuration.get("allowHeaders", [])),
            "access-control-max-age": str(configuration.get("maxAge", "")),
        }
        self._exposed = ",".join(configuration.get("exposeHeaders", []))

    def preflight(self, request: Request) -> Response | None:
        """The answer to a browser's question, or None where it asked none."""
        if not self._origins or request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        return Response(status=204, headers={name: value for name, value in self._preflight.items() if value})

    def apply(self, request: Request, response: Response) -> None:
        origin = request.headers.get("Origin")
        if origin and ("*" in self._origins or origin in self._origins):
            response.headers["access-control-allow-origin"] = "*" if "*" in self._origins else origin
            response.headers["access-control-expose-headers"] = self._exposed
            if self._allows_cookies:
                response.headers["access-control-allow-credentials"] = "true"
