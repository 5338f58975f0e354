"""Trains the logistic layer of the prompt check on the frozen text encoder and writes ../../prompt-head.json.

    python -m pip install numpy onnxruntime tokenizers
    python train.py            # trains, reports, writes
    python train.py --report   # reports on the written weights only

The report is on phrases held out by hand (heldout.py), never on what was trained on.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

import corpus
import heldout

MODELS = Path(__file__).resolve().parents[2]
ENCODER = MODELS / "minilm-prompt.i8w.onnx"
HEAD = MODELS / "prompt-head.json"
RIDGE = 1e-5  # strength of the pull towards zero
SAFE_WEIGHT = 2.0  # what a false alarm costs for each miss; more trades recall for quiet
SEED = 7
COUNT = 16000


def encoder():
    tokenizer = Tokenizer.from_file(str(MODELS / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    # As the product runs it: stored integer weights computed with as floats.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    session = ort.InferenceSession(str(ENCODER), options, providers=["CPUExecutionProvider"])

    def encode(texts):
        ids = [tokenizer.encode(t.lower()).ids for t in texts]
        out = np.zeros((len(texts), 384), np.float32)
        by_length = {}
        for i, x in enumerate(ids):
            by_length.setdefault(len(x), []).append(i)
        for same in by_length.values():
            for at in range(0, len(same), 64):
                part = same[at : at + 64]
                batch = np.array([ids[i] for i in part], np.int64)
                out[part] = session.run(["embedding"], {"input_ids": batch, "attention_mask": np.ones_like(batch)})[0]
        return out

    return encode


def fit(x, y, ridge):
    """Newton's method on the weighted mean logistic loss; the bias is not pulled."""
    x = np.hstack([x.astype(np.float64), np.ones((len(x), 1))])
    weight = np.where(y == 1, 1 / y.sum(), SAFE_WEIGHT / (1 - y).sum()) / (1 + SAFE_WEIGHT)
    pull = np.full(x.shape[1], ridge)
    pull[-1] = 0
    w = np.zeros(x.shape[1])
    for _ in range(40):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -40, 40)))
        gradient = x.T @ (weight * (p - y)) + pull * w
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(pull + 1e-12)
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-8:
            break
    return w[:-1].astype(np.float32), np.float32(w[-1])


def score(encode, head, texts):
    return 1 / (1 + np.exp(-(encode(texts) @ head[0] + head[1])))


def report(encode, head):
    for name, texts, want in heldout.GROUPS:
        p = score(encode, head, texts)
        for t in (0.3, 0.5, 0.8, 0.95):
            print(f"{name:18} n={len(texts):3}  >={t:.2f}: {(p >= t).mean() * 100:5.1f} %", end="   ")
        print()
        wrong = [(round(float(s), 2), t) for s, t in sorted(zip(p, texts), reverse=not want) if (s < 0.5) == want]
        for s, t in wrong[:12]:
            print(f"      {s:.2f}  {t}")


def write(head, examples):
    weights = [float(np.format_float_positional(w, unique=True)) for w in head[0]]
    assert all(np.float32(a) == b for a, b in zip(weights, head[0]))
    lines = ["{", ' "version": "2",', f' "encoder_sha256": "{hashlib.sha256(ENCODER.read_bytes()).hexdigest()}",']
    lines += [f' "examples": {examples},', f' "bias": {float(np.format_float_positional(head[1], unique=True))!r},', ' "weights": [']
    for at in range(0, 384, 8):
        lines.append("  " + ", ".join(repr(w) for w in weights[at : at + 8]) + ("," if at < 376 else ""))
    HEAD.write_text("\n".join(lines + [" ]", "}", ""]))
    print(HEAD.stat().st_size, hashlib.sha256(HEAD.read_bytes()).hexdigest())


def main():
    encode = encoder()
    if "--report" in sys.argv:
        known = json.loads(HEAD.read_text())
        report(encode, (np.array(known["weights"], np.float32), np.float32(known["bias"])))
        return
    good, bad = corpus.examples(COUNT, SEED)
    clash = set(good + bad) & {t for _, texts, _ in heldout.GROUPS for t in texts}
    good, bad = [t for t in good if t not in clash], [t for t in bad if t not in clash]
    print(f"{len(good)} safe, {len(bad)} unsafe, {len(clash)} left out because they are held out")
    x = encode(good + bad)
    y = np.array([0.0] * len(good) + [1.0] * len(bad))
    head = fit(x, y, RIDGE)
    report(encode, head)
    write(head, len(y))


if __name__ == "__main__":
    main()
