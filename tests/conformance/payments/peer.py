"""The payment providers' own packages in Python: what is signed by the providers that are played here, they take; what was changed, they do not.

The service with its providers is the program named by ALLXONE_PAYMENTS_HOST.
"""

import json
import os
import subprocess
import unittest
import urllib.request

import razorpay
import stripe
from paddle_billing.Notifications import Secret, Verifier


class Host:
    """A service that sells, taking orders on its standard input."""

    def __init__(self):
        self.process = subprocess.Popen(
            [os.environ["ALLXONE_PAYMENTS_HOST"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name, value in json.loads(self.process.stdout.readline()).items():
            setattr(self, name, value)
        signed = self.send("/auth/v1/signup", {"email": "ada@example.org", "password": "a long enough phrase"})
        self.token = signed["access_token"]
        self.count = 0

    def send(self, path, body, headers=()):
        request = urllib.request.Request(self.service + path, json.dumps(body).encode(), dict(headers))
        request.add_header("content-type", "application/json")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def bought(self, plan, provider):
        self.count += 1
        headers = {"authorization": f"Bearer {self.token}", "idempotency-key": f"k{self.count}"}
        order = self.send("/api/v1/billing/checkout", {"plan": plan, "provider": provider, "language": "en"}, headers)
        self.process.stdin.write(json.dumps({"pay": provider, "order": order["id"]}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


class Request:
    """A request as Paddle's package wants to see one."""

    def __init__(self, body, headers):
        self.body = body.encode()
        self.content = self.data = self.body
        self.headers = {"Paddle-Signature": headers["paddle-signature"]}


class Cases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host()

    @classmethod
    def tearDownClass(cls):
        cls.host.close()

    def test_stripe(self):
        secret = self.host.stripe["webhook_secret"]
        for plan in ("pack", "month"):
            for event in self.host.bought(plan, "stripe"):
                header = event["headers"]["stripe-signature"]
                self.assertEqual(stripe.Webhook.construct_event(event["body"], header, secret)["type"], event["kind"])
                with self.assertRaises(stripe.SignatureVerificationError):
                    stripe.Webhook.construct_event(event["body"] + " ", header, secret)

    def test_razorpay(self):
        client = razorpay.Client(auth=(self.host.razorpay["key_id"], self.host.razorpay["key"]))
        secret = self.host.razorpay["webhook_secret"]
        for plan in ("pack-inr", "month-inr"):
            for event in self.host.bought(plan, "razorpay"):
                header = event["headers"]["x-razorpay-signature"]
                self.assertTrue(client.utility.verify_webhook_signature(event["body"], header, secret))
                with self.assertRaises(razorpay.errors.SignatureVerificationError):
                    client.utility.verify_webhook_signature(event["body"] + " ", header, secret)

    def test_paddle(self):
        secret = Secret(self.host.paddle["webhook_secret"])
        for plan in ("pack", "month"):
            for event in self.host.bought(plan, "paddle"):
                self.assertTrue(Verifier().verify(Request(event["body"], event["headers"]), secret))
                self.assertFalse(Verifier().verify(Request(event["body"] + " ", event["headers"]), secret))


if __name__ == "__main__":
    unittest.main(verbosity=2)
