"""An OAuth 2.1 authorization server of somebody else's making (Authlib on Flask), as a test starts it: it registers any
client, asks nobody for consent, and signs what it is asked to.
"""

import threading
import time
from contextlib import contextmanager

from authlib.integrations.flask_oauth2 import AuthorizationServer as OAuth
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.models import ClientMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server


class AuthorizationServer:
    """The server at ``issuer``; tests may have it publish other keys or be out of order."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.published = [self.key]
        self.down = False
        self.asked = []
        self._clients = {}
        self._codes = {}
        self._server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self):
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def token(self, audience, scope="home:read home:write", *, key=None, algorithm="RS256", **claims):
        """A token as this server would give it, but for what is said otherwise."""
        now = int(time.time())
        said = {"iss": self.issuer, "sub": "lena", "client_id": "a-host", "aud": audience, "scope": scope}
        said |= {"iat": now, "exp": now + 600, **claims}
        key = key or self.key
        header = {"alg": algorithm, "typ": "at+jwt", "kid": key.kid}
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(header, said, key, algorithms=[algorithm])

    def _app(self):
        app = Flask(__name__)
        oauth = OAuth(app, query_client=self._clients.get, save_token=lambda _token, _request: None)
        oauth.register_token_generator("default", self._issue)
        server = self

        class Codes(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

            def save_authorization_code(self, code, request):
                server._codes[code] = _Code(request)

            def query_authorization_code(self, code, client):
                return server._codes.get(code)

            def delete_authorization_code(self, authorization_code):
                server._codes = {name: code for name, code in server._codes.items() if code is not authorization_code}

            def authenticate_user(self, authorization_code):
                return "lena"

        oauth.register_grant(Codes, [CodeChallenge(required=True)])

        @app.before_request
        def note():
            server.asked.append(request.path)
            return ("down", 500) if server.down else None

        app.get("/.well-known/oauth-authorization-server")(self._metadata)
        app.get("/keys")(lambda: jsonify(keys=[key.as_dict(private=False) for key in server.published]))
        app.post("/register")(self._register)

        @app.get("/authorize")
        def authorize():
            grant = oauth.get_consent_grant(end_user="lena")
            return oauth.create_authorization_response(grant=grant, grant_user="lena")

        app.post("/token")(oauth.create_token_response)
        return app

    def _metadata(self):
        return jsonify(
            issuer=self.issuer,
            authorization_endpoint=f"{self.issuer}/authorize",
            token_endpoint=f"{self.issuer}/token",
            registration_endpoint=f"{self.issuer}/register",
            jwks_uri=f"{self.issuer}/keys",
            response_types_supported=["code"],
            grant_types_supported=["authorization_code"],
            code_challenge_methods_supported=["S256"],
            token_endpoint_auth_methods_supported=["none"],
            scopes_supported=["home:read", "home:write"],
        )

    def _register(self):
        client = _Client(f"client-{len(self._clients)}", request.get_json())
        self._clients[client.client_id] = client
        return jsonify({**client.told, "client_id": client.client_id, "token_endpoint_auth_method": "none"}), 201

    def _issue(self, *, client, scope, **_more):
        resource = request.form.get("resource", "nowhere")
        token = self.token(resource, scope, client_id=client.client_id)
        return {"token_type": "Bearer", "access_token": token, "expires_in": 600, "scope": scope}


class _Client(ClientMixin):
    def __init__(self, client_id, told):
        self.client_id = client_id
        self.told = told

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return self.told["redirect_uris"][0]

    def get_allowed_scope(self, scope):
        return scope or ""

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.told["redirect_uris"]

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "none"

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


class _Code:
    def __init__(self, asked):
        told = asked.payload.data
        self.redirect_uri, self.scope = told.get("redirect_uri"), told.get("scope", "")
        self.code_challenge, self.code_challenge_method = told["code_challenge"], told["code_challenge_method"]

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope
