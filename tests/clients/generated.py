"""Clients generated from the OpenAPI document and compiled, and the linters of such documents.

What is built is kept below ~/.cache by what it is made of, so that it is built once; registries are asked by their
ordinary clients.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec

from webapp.api.schema import openapi

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "verbatim-clients"
OAPI_CODEGEN = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"
GENERATOR_OPTIONS = "hideGenerationTimestamp=true,openApiNullable=false,useJakartaEe=true"
ONLY = "apis,models,supportingFiles,apiDocs=false,modelDocs=false,apiTests=false,modelTests=false"
BUILD_TIMEOUT_S = 600
DOCUMENT = msgspec.json.encode(openapi.document())


def built(name: str, make: Callable[[Path], None], *parts: bytes) -> Path:
    """The folder that make fills, made of these parts: an earlier one where they are the same."""
    folder = CACHE / f"{name}-{hashlib.sha256(bytes(0).join(parts)).hexdigest()[:16]}"
    if not folder.exists():
        draft = folder.with_name(f"{folder.name}.{os.getpid()}")
        draft.mkdir(parents=True)
        try:
            make(draft)
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return folder


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What it prints; its own words where it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=os.environ | environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=BUILD_TIMEOUT_S,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{said[-6000:]}"
    return said


def go_client() -> Path:
    """A program of tests/clients/go on oapi-codegen's client."""
    sources = [(HERE / "go" / name).read_bytes() for name in ("main.go", "go.mod", "go.sum", "oapi-codegen.yaml")]
    return built("go", _make_go_client, DOCUMENT, OAPI_CODEGEN.encode(), *sources) / "client"


def _make_go_client(folder: Path) -> None:
    generator = built("oapi-codegen", _make_oapi_codegen, OAPI_CODEGEN.encode()) / "oapi-codegen"
    shutil.copytree(HERE / "go", folder, dirs_exist_ok=True)
    (folder / "openapi.json").write_bytes(DOCUMENT)
    (folder / "api").mkdir()
    run(generator, "-config", "oapi-codegen.yaml", "openapi.json", cwd=folder)
    run("go", "build", "-o", "client", ".", cwd=folder)


def _make_oapi_codegen(folder: Path) -> None:
    run("go", "install", OAPI_CODEGEN, cwd=folder, GOBIN=str(folder))


def java_client() -> list[str | Path]:
    """The command of a program of tests/clients/java on openapi-generator's client."""
    libraries = built("java-libraries", _get_java_libraries, (HERE / "java" / "pom.xml").read_bytes())
    source = (HERE / "java" / "TenCalls.java").read_bytes()
    parts = (DOCUMENT, source, GENERATOR_OPTIONS.encode(), libraries.name.encode())
    classes = built("java", lambda folder: _make_java_client(folder, libraries), *parts)
    return ["java", "-cp", f"{classes / 'classes'}:{libraries / 'lib'}/*", "TenCalls"]


def _get_java_libraries(folder: Path) -> None:
    shutil.copy(HERE / "java" / "pom.xml", folder)
    run("mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={folder / 'lib'}", cwd=folder)
    run("mvn", "-q", "-B", "dependency:copy", f"-Dartifact={_generator()}", f"-DoutputDirectory={folder}", cwd=folder)


def _generator() -> str:
    return "org.openapitools:openapi-generator-cli:7.17.0"


def _make_java_client(folder: Path, libraries: Path) -> None:
    (folder / "openapi.json").write_bytes(DOCUMENT)
    (generator,) = libraries.glob("openapi-generator-cli-*.jar")
    run(
        "java", "-jar", generator, "generate", "-i", "openapi.json", "-g", "java", "--library", "native",
        "-o", "generated", "--global-property", ONLY, "--additional-properties", GENERATOR_OPTIONS, cwd=folder,
    )  # fmt: skip
    sources = sorted((folder / "generated" / "src" / "main" / "java").rglob("*.java"))
    listed = folder / "sources"
    listed.write_text("".join(f"{path}\n" for path in (*sources, HERE / "java" / "TenCalls.java")))
    run("javac", "-nowarn", "-d", "classes", "-cp", f"{libraries / 'lib'}/*", f"@{listed}", cwd=folder)


def linters() -> Path:
    """The folder of spectral and redocly, by the versions in tests/clients/package.json."""
    package = HERE / "package.json"
    folder = built("linters", lambda folder: _get_linters(folder, package), package.read_bytes())
    return folder / "node_modules" / ".bin"


def _get_linters(folder: Path, package: Path) -> None:
    shutil.copy(package, folder)
    run("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", cwd=folder)
