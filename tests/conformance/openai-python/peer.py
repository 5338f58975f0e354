"""The official Python client of OpenAI against the fake our adapter is tried against, and against our service.

The programs are those of ALLXONE_TARGET; `--broken` asks the fake for answers that are none, which the cases must notice.
"""

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

import openai

TARGET = os.environ["ALLXONE_TARGET"]
BROKEN = "--broken" in sys.argv
PROMPT = "a lighthouse beside a zebra-striped umbrella at dawn"
ASK = {"model": "gpt-image-2", "prompt": PROMPT, "size": "512x512"}


class Program:
    """A program that says a line of JSON first and answers each order with one."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.hello = json.loads(self.process.stdout.readline())

    def order(self, order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self, interrupt=False):
        if interrupt:
            self.process.send_signal(signal.SIGINT)
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def service(far, folder):
    def write(name, text):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    write("key", far["key"])
    partners = write("partners.toml", f'[[partner]]\nkind = "openai"\nkey_file = "key"\naddress = "{far["openai"]}"\n')
    entry = '[[processor]]\nid = "openai"\nregion = "here"\nretention = "none"\ntrains_on_data = false\n'
    operator = write("operator.toml", f'kind = "self_hosted"\nname = "Tests"\n{entry}')
    place = ["--data-dir", os.path.join(folder, "data"), "--secret-store", "file"]
    program = Program(
        os.path.join(TARGET, "allxone"), *place, "serve", "--listen", "127.0.0.1:0", "--json", "--operator", operator, "--partners", partners
    )
    request = urllib.request.Request(
        f"{program.hello['address']}/api/v1/keys",
        json.dumps({"name": "tests", "scope": "pictures"}).encode(),
        {"authorization": f"Bearer {program.hello['token']}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return program, json.load(answer)["secret"]


class Cases:
    """What holds of both."""

    def client(self, **options):
        return openai.OpenAI(api_key=self.key, base_url=f"{self.address}/v1", max_retries=0, **options)

    def test_models(self):
        self.assertTrue(any(model.id.endswith(ASK["model"]) for model in self.client().models.list()))

    def test_generate(self):
        made = self.client().images.generate(**ASK, n=2)
        self.assertEqual(len(made.data), 2)
        for one in made.data:
            self.assertEqual(base64.b64decode(one.b64_json)[1:4], b"PNG")
        self.assertEqual((made.size, made.output_format), ("512x512", "png"))

    def test_edit(self):
        photo = base64.b64decode(self.client().images.generate(**ASK).data[0].b64_json)
        file = ("photo.png", photo, "image/png")
        self.assertEqual(len(self.client().images.edit(**ASK, image=file).data), 1)
        self.assertEqual(len(self.client().images.edit(**ASK, image=[file, file], n=2).data), 2)

    def test_stream(self):
        *_, last = self.client().images.generate(**ASK, stream=True)
        self.assertEqual(last.type, "image_generation.completed")
        self.assertEqual(base64.b64decode(last.b64_json)[1:4], b"PNG")

    def test_refusals(self):
        for change, kind, code in [
            ({"model": "dall-e-3"}, openai.NotFoundError, "model_not_found"),
            ({"n": 11}, openai.BadRequestError, "invalid_value"),
        ]:
            with self.assertRaises(kind) as refused:
                self.client().images.generate(**{**ASK, **change})
            self.assertEqual(refused.exception.code, code)
        stranger = openai.OpenAI(api_key="nobody-knows-this-one-at-all-12345", base_url=f"{self.address}/v1", max_retries=0)
        with self.assertRaises(openai.AuthenticationError):
            stranger.images.generate(**ASK)

    def test_blocks(self):
        for fault in ["blocks_input", "blocks_output"]:
            FAR.order({"fault": fault})
            with self.assertRaises(openai.BadRequestError) as refused:
                self.client().images.generate(**ASK)
            self.assertEqual(refused.exception.code, "moderation_blocked")

    def test_answer_that_is_none(self):
        if BROKEN:
            FAR.order({"fault": "garbage"})
            self.test_generate()


class Fake(Cases, unittest.TestCase):
    """The fake."""

    def setUp(self):
        self.address, self.key = FAR.hello["openai"], FAR.hello["key"]


class Service(Cases, unittest.TestCase):
    """Our service."""

    def setUp(self):
        self.address, self.key = OURS.hello["address"], KEY

    def test_lost_answers_are_lost_once(self):
        made = FAR.order({"fault": "hangs_up"})["made"]
        client = openai.OpenAI(api_key=self.key, base_url=f"{self.address}/v1", max_retries=5)
        with self.assertRaises(openai.APIStatusError) as lost:
            client.images.generate(**ASK)
        self.assertEqual((lost.exception.status_code, lost.exception.code), (502, "outcome_unknown"))
        self.assertEqual(FAR.order({})["made"], made + 1)


if __name__ == "__main__":
    FAR = Program(os.path.join(TARGET, "examples", "partners-host"))
    with tempfile.TemporaryDirectory(prefix="allxone-openai-") as place:
        OURS, KEY = service(FAR.hello, place)
        try:
            ran = unittest.main(argv=sys.argv[:1], exit=False, verbosity=2).result
        finally:
            OURS.close(interrupt=True)
            FAR.close()
    # A broken far end has to be noticed, by the fake's client and by the service's.
    noticed = len(ran.failures) + len(ran.errors)
    sys.exit(0 if (noticed >= 2 if BROKEN else ran.wasSuccessful()) else 1)
