"""Checks commit subjects: `python -m tools.commit_subjects`. At most 72 characters, begun by a verb, no full stop.

Looks at the commits since the last tag, in a clone without tags at the newest MAX_UNTAGGED_COMMITS.
"""

import re
import subprocess
import sys

MAX_SUBJECT_CHARS = 72
MAX_UNTAGGED_COMMITS = 50
NOT_IMPERATIVE = re.compile(r"^(?:\w+ed|\w+ing|\w+: \w+ed) ")
IMPERATIVES = frozenset(
    {"Bring", "Embed", "Feed", "Fling", "Need", "Proceed", "Seed", "Shed", "Speed", "String", "Wed"}
)
"""Verbs that end like a past tense or a participle."""


def fault(subject: str) -> str:
    """What is wrong with a subject; "" where nothing is."""
    if len(subject) > MAX_SUBJECT_CHARS:
        return f"has {len(subject)} characters, {MAX_SUBJECT_CHARS} are the most"
    if not subject[:1].isalpha():
        return "begins with no word"
    if NOT_IMPERATIVE.match(subject) and subject.split(maxsplit=1)[0] not in IMPERATIVES:
        return "doesn't begin with an imperative"
    return "ends with a full stop" if subject.endswith(".") else ""


def faults(subjects: list[str]) -> list[str]:
    return [f"{subject!r} {wrong}" for subject in subjects if (wrong := fault(subject))]


def since_last_tag() -> list[str]:
    """Subjects, the newest first; none outside of a clone."""
    tag = _git("describe", "--tags", "--abbrev=0")
    wanted = [f"{tag[0]}..HEAD"] if tag else [f"-{MAX_UNTAGGED_COMMITS}"]
    return _git("log", "--no-merges", "--format=%s", *wanted)


def _git(*arguments: str) -> list[str]:
    run = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return run.stdout.splitlines() if run.returncode == 0 else []


def main() -> None:
    found = faults(since_last_tag())
    print("\n".join(found) or "commit subjects: all are short and imperative")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
