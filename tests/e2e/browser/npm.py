"""Packages of the npm registry that tests need, pinned by what they hold; fetched once."""

import base64
import hashlib
import io
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

import httpx

REGISTRY = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
TOOLS = Path(__file__).parents[3] / ".tools"


class NotThere(Exception):
    """The registry does not answer."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the registry, and the SHA-512 of its archive."""

    name: str
    version: str
    sha512: str

    @property
    def home(self) -> Path:
        """Where it is kept."""
        return TOOLS / f"{self.name.rpartition('/')[2]}-{self.version}"

    def archive(self) -> tarfile.TarFile:
        """The whole of it, checked. Raises NotThere."""
        short = self.name.rpartition("/")[2]
        address = f"{REGISTRY}/{self.name}/-/{short}-{self.version}.tgz"
        try:
            answer = httpx.get(address, timeout=120, follow_redirects=True).raise_for_status()
        except httpx.HTTPError as failure:
            raise NotThere(f"{address} could not be fetched: {failure!r}") from failure
        found = base64.b64encode(hashlib.sha512(answer.content).digest()).decode()
        assert found == self.sha512, f"{address} is not what it was: sha512-{found}"
        return tarfile.open(fileobj=io.BytesIO(answer.content))


def member(package: tarfile.TarFile, name: str) -> bytes:
    """One file of a package."""
    inside = package.extractfile(f"package/{name}")
    assert inside is not None
    return inside.read()
