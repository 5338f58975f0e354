"""Trains the logistic layer of the prompt check on the frozen text encoder and writes ../../prompt-head.json.

    python -m pip install numpy onnxruntime tokenizers
    python corpus.py           # writes corpus.tsv
    python train.py            # trains, reports, writes
    python train.py --report   # reports on the written weights only

The report is on eval/, never on what was trained on. It is about this layer alone; `cargo xtask eval-safety` reports on the whole check.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

HERE = Path(__file__).resolve().parent
MODELS = HERE.parents[1]
ENCODER = MODELS / "minilm-prompt.i8w.onnx"
HEAD = MODELS / "prompt-head.json"
RIDGE = 3e-4  # strength of the pull towards zero
SAFE_WEIGHT = 4.0  # what a false alarm costs for each miss; more trades recall for quiet
DIGITS = 2  # of the weights: coarse enough that the last bits of an encoder on another processor do not show


def read(path):
    """Rows of (label, language, family, text)."""
    return [tuple(line.split("\t")) for line in path.read_text(encoding="utf-8").splitlines()[1:]]


def encoder():
    tokenizer = Tokenizer.from_file(str(MODELS / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
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
    w = np.round(w, DIGITS) + 0.0
    return w[:-1].astype(np.float32), np.float32(w[-1])


def score(x, head):
    return 1 / (1 + np.exp(-(x @ head[0] + head[1])))


def area(sexual, benign):
    """Area under the curve: how often a sexual line scores above a benign one."""
    return float(np.mean([(sexual > b).mean() + (sexual == b).mean() / 2 for b in benign]))


def report(encode, head):
    for path in sorted((HERE / "eval").glob("*.tsv")):
        rows = read(path)
        p = score(encode([row[3] for row in rows]), head)
        sexual = np.array([row[0] == "sexual" for row in rows])
        words = [f"{path.stem}: {len(rows)} lines"]
        if sexual.any():
            words.append(f"AUC {area(p[sexual], p[~sexual]):.3f}")
            words += [f">= {t:.2f} {(p[sexual] >= t).mean() * 100:.1f} % of sexual" for t in (0.5, 0.8)]
        words += [f">= {t:.2f} {(p[~sexual] >= t).mean() * 100:.1f} % of benign" for t in (0.3, 0.5, 0.8)]
        print(", ".join(words))


def write(head, examples):
    lines = ["{", ' "version": "4",', f' "encoder_sha256": "{hashlib.sha256(ENCODER.read_bytes()).hexdigest()}",']
    lines += [f' "examples": {examples},', f' "bias": {head[1]:.{DIGITS}f},', ' "weights": [']
    for at in range(0, 384, 12):
        lines.append("  " + ", ".join(f"{w:.{DIGITS}f}" for w in head[0][at : at + 12]) + ("," if at < 372 else ""))
    HEAD.write_text("\n".join(lines + [" ]", "}", ""]))
    print(HEAD.stat().st_size, hashlib.sha256(HEAD.read_bytes()).hexdigest())


def main():
    encode = encoder()
    if "--report" in sys.argv:
        known = json.loads(HEAD.read_text())
        report(encode, (np.array(known["weights"], np.float32), np.float32(known["bias"])))
        return
    rows = read(HERE / "corpus.tsv")
    x = encode([row[3] for row in rows])
    y = np.array([float(row[0] == "sexual") for row in rows])
    print(f"{int(y.sum())} sexual and {int((1 - y).sum())} benign lines")
    head = fit(x, y, RIDGE)
    report(encode, head)
    write(head, len(y))


if __name__ == "__main__":
    main()
