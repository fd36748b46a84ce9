"""A real browser that needs no root and no installer: Chromium as the npm registry has it.

`@sparticuz/chromium` (MIT; Chromium itself BSD) carries the program with the libraries and the font
that it needs, so that a machine must have nothing but glibc.
"""

import io
import os
import platform
import shutil
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import brotli

from tests.e2e.browser.npm import NotThere, Package, member

CHROMIUM = Package(
    "@sparticuz/chromium", "153.0.0",
    "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
)  # fmt: skip
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{home}/fonts</dir><cachedir>{home}/cache</cachedir></fontconfig>"""
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")
# The program draws with its own SwiftShader, whatever the machine has.
DRAWN = ("--no-zygote", "--in-process-gpu", "--use-gl=angle", "--use-angle=swiftshader")


@dataclass(frozen=True, slots=True)
class Browser:
    """A program to start, and the environment and arguments to start it with."""

    program: Path
    arguments: tuple[str, ...] = QUIET
    environment: dict[str, str] = field(default_factory=dict)


def find() -> Browser:
    """The registry's, fetched if need be; on other platforms the machine's own Chromium.

    Raises NotThere.
    """
    if sys.platform == "linux" and platform.machine() == "x86_64" and platform.libc_ver()[0]:
        home = CHROMIUM.home
        if not home.exists():
            _unpack(home)
        environment = {"LD_LIBRARY_PATH": f"{home}/lib", "FONTCONFIG_FILE": f"{home}/fonts.conf"}
        return Browser(home / "chromium", QUIET + DRAWN, environment)
    installed = shutil.which("chromium") or shutil.which("google-chrome")
    if installed is None:
        raise NotThere("no Chromium is installed, and the registry has none for this platform")
    return Browser(Path(installed))


def _unpack(home: Path) -> None:
    """Beside its place first, so that what is in its place is whole."""
    making = home.with_suffix(f".{os.getpid()}")
    with CHROMIUM.archive() as package:
        making.mkdir(parents=True)
        program = making / "chromium"
        program.write_bytes(brotli.decompress(member(package, "bin/chromium.br")))
        program.chmod(0o755)
        for name in ("al2023", "fonts", "swiftshader"):
            inside = brotli.decompress(member(package, f"bin/{name}.tar.br"))
            with tarfile.open(fileobj=io.BytesIO(inside)) as inner:
                inner.extractall(making, filter="data")
    (making / "fonts.conf").write_text(FONTS.format(home=home))
    try:
        making.rename(home)
    except OSError:  # Another process was faster.
        shutil.rmtree(making)
