#!/usr/bin/env python3
"""Rebuilds the model files that AllXOne ships from the packages they come from, and compares them byte for byte.

    python3 models/build/build.py                 every file
    python3 models/build/build.py open-nsfw       one file, by its name in models.toml
    python3 models/build/build.py --keep DIR      also keep the results in DIR

Nothing here is needed to build or run AllXOne: the results are committed. This is how anybody can check that the
committed files are what the model card says they are. Needs Python 3.11 or newer with venv, Node 20 or newer, and the
two package indexes; about 300 MB are fetched into target/model-build.
"""

import argparse
import hashlib
import os
import pathlib
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent
WORK = MODELS.parent / "target" / "model-build"


def in_own_environment():
    """Continues inside a virtual environment with the pinned converter packages, making it if it is not there."""
    environment = WORK / "venv"
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if pathlib.Path(sys.prefix) == environment:
        return
    wanted = hashlib.sha256((HERE / "requirements.txt").read_bytes()).hexdigest()
    stamp = environment / "requirements.sha256"
    if not stamp.is_file() or stamp.read_text() != wanted:
        print("preparing the converters' environment", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", HERE / "requirements.txt"], check=True)
        stamp.write_text(wanted)
    sys.exit(subprocess.run([python, *sys.argv]).returncode)


def main():
    parser = argparse.ArgumentParser(description="Rebuild the shipped model files and compare them byte for byte.")
    parser.add_argument("names", nargs="*", help="names from models.toml; none means all")
    parser.add_argument("--keep", type=pathlib.Path, help="folder to keep the results in")
    options = parser.parse_args()
    in_own_environment()

    from recipes import RECIPES  # needs the environment

    manifest = tomllib.loads((MODELS / "models.toml").read_text())
    pinned = {model["name"]: model for model in manifest["model"]}
    unknown = [name for name in options.names if name not in pinned]
    if unknown:
        sys.exit(f"models.toml does not know {', '.join(unknown)}; it has {', '.join(pinned)}")

    results = WORK / "out"
    results.mkdir(parents=True, exist_ok=True)
    different = 0
    for name in options.names or pinned:
        model = pinned[name]
        content = RECIPES[name](WORK)
        path = (options.keep or results) / model["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        found = hashlib.sha256(content).hexdigest()
        same = found == model["sha256"] and len(content) == model["bytes"]
        different += not same
        print(f"{'identical' if same else 'DIFFERENT':11}  {name}: {found} ({len(content)} bytes)", flush=True)
    if different:
        sys.exit(f"{different} of the results differ from models.toml; they are in {options.keep or results}")


if __name__ == "__main__":
    main()
