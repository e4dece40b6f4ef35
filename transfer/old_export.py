"""Reads exports of the format of before, in which commits name people by their handles, and verifies them by its rules.

Those sealed handles and reasons in the hash chain. Only `conversion` reads such an export. What it says of a fault
names lines and ids alone: the file is full of names.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from domain.commit import StoredEvent
from eventstore.codec import canonical_json, digest
from eventstore.old_format import is_named_by_handles

from .jsonl_export import BATCH_COMMITS, BadExport, Ending, ending_of
from .progress import Progress, estimated
from .source import Source

_NOTHING = "Nothing was written. Make the export again, with the version that wrote the store."


class OldCommit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A commit as the format of before had it: actor, stream, key and command_id hold handles, and reason is sealed."""

    actor: str
    at: str
    causation_id: str | None = None
    chain: str
    command_digest: str | None = None
    command_id: str | None = None
    correlation_id: str | None = None
    events: tuple[StoredEvent, ...]
    first: int
    id: str
    key: str
    position: int
    reason: str | None = None
    stream: str
    traceparent: str | None = None

    @property
    def kind(self) -> str:
        """Of its stream: "account", "post" and so on."""
        return self.stream.partition("-")[0]


class _Claimed(msgspec.Struct, frozen=True):
    """A field that no commit of before had."""

    claim: str | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What an export of before was: its last chain, how many commits, the ids of the first and of the last, and the hex
    sha256 of its lines, unpacked."""

    chain: str
    commits: int
    first: str
    last: str
    sha256: str


class OldExport:
    """An export in a file, read twice: once to verify it, once to convert what was verified."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sha256 = ""
        self.registrations: dict[str, str] = {}
        """Handle → when its account was registered; known once it is verified."""

    def verify(self, progress: Progress) -> Evidence:
        """Reads all of it. Raises BadExport, which names the line, where it isn't as it was written, is no whole export
        or is one of today's format."""
        erased = _Erased()
        chain, first, last, number = "", "", "", 0
        named_by_handles = False
        with Source(self.path) as source:
            for number, commit in enumerate(self._commits(source), 1):
                self._refuse(number, _fault(commit, number, chain))
                self._refuse(number, erased.see(commit))
                named_by_handles = named_by_handles or is_named_by_handles(commit.events)
                if commit.kind == "account" and commit.first == 1:
                    self.registrations[commit.stream.partition("-")[2]] = commit.at
                chain, first, last = commit.chain, first or commit.id, commit.id
                if number % BATCH_COMMITS == 0:
                    progress(0, estimated(number, source.share()))
        if not named_by_handles:
            raise self._of_today()
        for line, fault in erased.unexplained():
            self._refuse(line, fault)
        return Evidence(chain=chain, commits=number, first=first, last=last, sha256=self._sha256)

    def commits(self) -> Iterator[OldCommit]:
        """Once more, after `verify`. Raises BadExport at the end where the file isn't the one that was verified."""
        verified = self._sha256
        with Source(self.path) as source:
            yield from self._commits(source)
        if self._sha256 != verified:
            raise BadExport(f"{self.path} was changed while it was read. Nothing was written. Convert it again.")

    def _commits(self, source: Source) -> Iterator[OldCommit]:
        seen, number, chain, ending = hashlib.sha256(), 0, "", None
        for number, line in enumerate(source.lines(), 1):
            document = line.rstrip(b"\r\n")
            seen.update(document + b"\n")
            if ending is not None:
                self._refuse(number, "something follows the line that ends an export")
            ending = ending_of(document)
            if ending is None:
                commit = self._decoded(number, document, source)
                chain = commit.chain
                yield commit
        if source.error:
            raise BadExport(f"{self.path}: {source.error} {_NOTHING}")
        if ending != Ending(chain=chain, commits=number - 1):
            raise BadExport(f"{self.path} doesn't end with the line that says how many commits it holds. {_NOTHING}")
        self._sha256 = seen.hexdigest()

    def _decoded(self, number: int, document: bytes, source: Source) -> OldCommit:
        try:
            commit = msgspec.json.decode(document, type=OldCommit)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            said = source.error or "This is no commit."
            raise BadExport(f"{self.path} line {number}: {said} {_NOTHING}") from error
        if canonical_json(commit) != document:
            if msgspec.json.decode(document, type=_Claimed).claim:
                raise self._of_today()
            self._refuse(number, "this isn't the canonical form that export wrote")
        return commit

    def _of_today(self) -> BadExport:
        return BadExport(f"{self.path} names nobody by handle: it needs no converting. Import it as it is.")

    def _refuse(self, line: int, fault: str) -> None:
        if fault:
            raise BadExport(f"{self.path} line {line}: {fault}. {_NOTHING}")


def link_with_handles_and_reasons(previous: str, commit: OldCommit) -> str:
    """The chain after this commit by the rules of before: hex sha256(previous ‖ canonical commit without data and salt
    ‖ position), with the handles and the reason in it."""
    sealed = {name: value for name in commit.__struct_fields__ if (value := getattr(commit, name)) is not None}
    del sealed["chain"], sealed["position"]
    sealed["events"] = [{"digest": one.digest, "schema": one.schema, "type": one.type} for one in commit.events]
    return hashlib.sha256(previous.encode() + canonical_json(sealed) + str(commit.position).encode()).hexdigest()


def _fault(commit: OldCommit, line: int, previous: str) -> str:
    """What isn't as it was written; "" where nothing is."""
    if commit.position != line:
        return f"position {line} is missing: position {commit.position} comes next"
    if commit.chain != link_with_handles_and_reasons(previous, commit):
        return f"commit {commit.id} isn't what the chain was made over"
    for event in commit.events:
        if not event.erased and (event.salt is None or event.digest != digest(event.salt, memoryview(event.data))):
            return f"an event of commit {commit.id} differs from its digest"
    return ""


class _Data(msgspec.Struct, frozen=True):
    erased: tuple[int, ...]
    skeletons: tuple[str, ...] = ()


class _Erased:
    """What is erased and what was announced as erased, each by stream and version."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, int], tuple[int, str]] = {}
        self._announced: dict[tuple[str, int], tuple[int, str]] = {}

    def see(self, commit: OldCommit) -> str:
        """What is wrong with what it erases; "" where nothing is."""
        for version, event in enumerate(commit.events, commit.first):
            if event.erased:
                left = hashlib.sha256(memoryview(event.data)).hexdigest()
                self._left[commit.stream, version] = (commit.position, left)
            elif event.type.endswith("Erased"):
                try:
                    data = msgspec.json.decode(event.data, type=_Data)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    return "an erasure can't be read"
                skeletons = data.skeletons or ("",) * len(data.erased)
                if len(skeletons) != len(data.erased) or any(one >= version for one in data.erased):
                    return "an erasure doesn't say what it left of each text"
                for one, skeleton in zip(data.erased, skeletons, strict=True):
                    self._announced[commit.stream, one] = (commit.position, skeleton)
        return ""

    def unexplained(self) -> Iterator[tuple[int, str]]:
        """Line and fault of each text that is gone without an erasure, is there in spite of one, or was put back."""
        for version in self._left.keys() - self._announced.keys():
            yield self._left[version][0], "a text is erased, and no event of its stream says so"
        for version, (line, skeleton) in self._announced.items():
            if version not in self._left:
                yield line, "a text that this erased still stands in the export"
            elif skeleton not in ("", self._left[version][1]):
                yield self._left[version][0], "what is left of an erased text isn't what its erasure left"
