"""The official Python client against the service's accounts: the happy paths, with its own strict models of every answer.

The accounts are the program named by ALLXONE_AUTH_HOST; `--broken` puts a service in front of it that leaves a field out, which the cases must notice.
"""

import json
import os
import subprocess
import sys
import threading
import unittest
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from supabase_auth import SyncGoTrueAdminAPI, SyncGoTrueClient
from supabase_auth.errors import AuthApiError

PASSWORD = "a long enough phrase"
RETURN = "http://127.0.0.1:49152/auth/callback"
BROKEN = "--broken" in sys.argv


class Host:
    """The accounts on loopback, taking orders on its standard input."""

    def __init__(self, *arguments):
        command = [os.environ["ALLXONE_AUTH_HOST"], *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        hello = json.loads(self.process.stdout.readline())
        self.operator = hello["operator"]
        self.between = Broken(hello["address"]) if BROKEN else None
        self.address = self.between.address if BROKEN else hello["address"]
        self.auth = f"{self.address}/auth/v1"

    def order(self, order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def code(self, to):
        return next(letter["code"] for letter in self.order({"letters": True}) if letter["to"] == to)

    def close(self):
        if self.between:
            self.between.close()
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


class Broken:
    """Passes requests on and takes the id out of every user that comes back."""

    def __init__(self, address):
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length) if length else None
                kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "content-length", "connection")}
                request = urllib.request.Request(address + self.path, data=body, headers=kept, method=self.command)
                try:
                    answer = urllib.request.urlopen(request)
                except urllib.error.HTTPError as error:
                    answer = error
                text = answer.read().replace(b'"created_at":', b'"made_at":')
                self.send_response(answer.status)
                self.send_header("content-type", answer.headers.get("content-type") or "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_PUT = do_DELETE = do_GET

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Peer(unittest.TestCase):
    count = 0

    @classmethod
    def setUpClass(cls):
        cls.host = Host()
        cls.addClassCleanup(cls.host.close)
        cls.strict = Host("--strict")
        cls.addClassCleanup(cls.strict.close)

    def client(self, host=None):
        return SyncGoTrueClient(url=(host or self.host).auth, auto_refresh_token=False, flow_type="pkce")

    def email(self):
        Peer.count += 1
        return f"python{Peer.count}@example.org"

    def signed_up(self):
        client, email = self.client(), self.email()
        answer = client.sign_up({"email": email, "password": PASSWORD, "options": {"data": {"name": "Ada"}}})
        self.assertIsNotNone(answer.session)
        return client, email, answer

    def test_signing_up_and_in_and_seeing_oneself(self):
        client, email, answer = self.signed_up()
        self.assertEqual(client.get_user().user.email, email)
        self.assertEqual(answer.user.user_metadata, {"name": "Ada"})
        other = self.client()
        self.assertEqual(other.sign_in_with_password({"email": email, "password": PASSWORD}).user.id, answer.user.id)
        with self.assertRaises(AuthApiError) as refused:
            other.sign_in_with_password({"email": email, "password": "wrong wrong wrong"})
        self.assertEqual(refused.exception.code, "invalid_credentials")

    def test_a_session_is_refreshed_and_taken_over(self):
        client, _, first = self.signed_up()
        second = client.refresh_session()
        self.assertNotEqual(second.session.refresh_token, first.session.refresh_token)
        other = self.client()
        other.set_session(second.session.access_token, second.session.refresh_token)
        self.assertEqual(other.get_user().user.id, first.user.id)

    def test_claims_are_verified_with_the_published_keys(self):
        client, email, answer = self.signed_up()
        claims = client.get_claims()
        self.assertEqual(claims["claims"]["sub"], answer.user.id)
        self.assertEqual(claims["claims"]["email"], email)
        self.assertEqual(claims["headers"]["alg"], "ES256")

    def test_an_account_is_put_right(self):
        client, _, answer = self.signed_up()
        user = client.update_user({"data": {"name": "Countess"}, "password": PASSWORD + "!"}).user
        self.assertEqual(user.user_metadata, {"name": "Countess"})
        self.assertEqual(client.get_user_identities().identities[0].user_id, answer.user.id)

    def test_signing_out_ends_the_session(self):
        client, email, _ = self.signed_up()
        other = self.client()
        session = other.sign_in_with_password({"email": email, "password": PASSWORD}).session
        client.sign_out({"scope": "others"})
        with self.assertRaises(AuthApiError) as refused:
            other.get_user(session.access_token)
        self.assertEqual(refused.exception.code, "session_not_found")
        client.sign_out()
        self.assertIsNone(client.get_session())

    def test_codes_sign_up_in_and_recover(self):
        client, email = self.client(self.strict), self.email()
        self.assertIsNone(client.sign_up({"email": email, "password": PASSWORD}).session)
        confirmed = client.verify_otp({"email": email, "token": self.strict.code(email), "type": "signup"})
        self.assertIsNotNone(confirmed.session)
        other = self.client(self.strict)
        other.sign_in_with_otp({"email": email})
        self.assertEqual(other.verify_otp({"email": email, "token": self.strict.code(email), "type": "email"}).user.id, confirmed.user.id)
        other.reset_password_for_email(email)
        other.verify_otp({"email": email, "token": self.strict.code(email), "type": "recovery"})
        other.update_user({"password": "another long phrase"})
        self.client(self.strict).sign_in_with_password({"email": email, "password": "another long phrase"})

    def test_signing_in_in_a_browser(self):
        client, email, answer = self.signed_up()
        # Its types know the hosted providers alone; everything else of the address is its own.
        page = client.sign_in_with_oauth({"provider": "github", "options": {"redirect_to": RETURN}}).url
        page = page.replace("provider=github", "provider=custom%3Alocal")
        code = Browser(self.host).sign_in(page, email)
        session = client.exchange_code_for_session({"auth_code": code, "redirect_to": RETURN}).session
        self.assertEqual(session.user.id, answer.user.id)

    def test_the_operator_makes_and_removes_accounts(self):
        admin = SyncGoTrueAdminAPI(url=self.host.auth, headers={"Authorization": f"Bearer {self.host.operator}"})
        email = self.email()
        made = admin.create_user({"email": email, "password": PASSWORD, "email_confirm": True}).user
        self.assertEqual(admin.get_user_by_id(made.id).user.email, email)
        self.assertTrue(any(user.id == made.id for user in admin.list_users()))
        admin.delete_user(made.id)
        with self.assertRaises(AuthApiError) as refused:
            admin.get_user_by_id(made.id)
        self.assertEqual(refused.exception.code, "user_not_found")


class Browser:
    """Opens the sign-in page, keeps its cookie, fills its form."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    def __init__(self, host):
        self.host = host
        self.opener = urllib.request.build_opener(self.Stay)
        self.cookie = ""

    def ask(self, address, form=None):
        data = urllib.parse.urlencode(form).encode() if form else None
        headers = {"accept": "text/html", "cookie": self.cookie, **({"origin": self.host.address} if form else {})}
        try:
            answer = self.opener.open(urllib.request.Request(address, data=data, headers=headers))
        except urllib.error.HTTPError as error:
            answer = error
        self.cookie = (answer.headers.get("set-cookie") or self.cookie).split(";")[0]
        return answer

    def sign_in(self, address, email):
        page = urllib.parse.urljoin(address, self.ask(address).headers["location"])
        text = self.ask(page).read().decode()
        word = text.split('name="word" value="')[1].split('"')[0]
        flow = urllib.parse.parse_qs(urllib.parse.urlparse(page).query)["flow"][0]
        form = {"flow": flow, "word": word, "step": "sign_in", "email": email, "password": PASSWORD}
        onward = self.ask(f"{self.host.auth}/local", form).read().decode().split('class="button" href="')[1].split('"')[0]
        return urllib.parse.parse_qs(urllib.parse.urlparse(onward.replace("&amp;", "&")).query)["code"][0]


if __name__ == "__main__":
    outcome = unittest.main(argv=sys.argv[:1], exit=False).result
    if BROKEN:
        sys.exit(0 if not outcome.wasSuccessful() else "The cases did not notice that the service is broken.")
    sys.exit(0 if outcome.wasSuccessful() else 1)
