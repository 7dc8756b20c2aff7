"""Serves what train.py has trained, by SageMaker's container contract."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy

import images

folder = os.environ["SM_MODEL_DIR"]
with open(os.path.join(folder, "input.json"), encoding="utf-8") as file:
    shape = json.load(file)
network = dict(numpy.load(os.path.join(folder, "network.npz"), allow_pickle=False))


def probabilities(jpeg):
    seen = images.prepare(jpeg, shape["height"], shape["width"]).astype(numpy.float64)
    hidden = numpy.maximum(seen @ network["weights0"] + network["bias0"], 0)
    scores = hidden @ network["weights1"] + network["bias1"]
    shares = numpy.exp(scores - scores.max())
    return (shares / shares.sum()).tolist()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200 if self.path == "/ping" else 404, b"")

    def do_POST(self):
        if self.path != "/invocations":
            return self.answer(404, b"")
        jpeg = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            self.answer(200, json.dumps(probabilities(jpeg)).encode())
        except Exception as error:  # a picture that is none, say
            self.answer(400, str(error).encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
