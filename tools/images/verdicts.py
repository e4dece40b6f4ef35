"""The drill's verdict on a site in containers: its checker runs in one more of them, beside the stores."""

from pathlib import Path

import msgspec

from tools.drill.verdict import Verdict

from .site import Site


def verdict(site: Site, ledgers: Path) -> Verdict:
    """What the checker finds, once nobody writes any more. ledgers: a folder that everybody may read."""
    mounts = (f"{site.folder}/tools:/app/tools:ro", f"{ledgers}:/ledgers:ro")
    said = site.run("python", "-m", "tools.images.check_ledgers", "/ledgers", mounts=mounts)
    return msgspec.json.decode(said.splitlines()[-1], type=Verdict)


def summary(found: Verdict) -> str:
    """Counts, and a sentence for each violation."""
    counts = ", ".join(f"{len(sentences)} {kind.replace('_', ' ')}" for kind, sentences in found.violations.items())
    sentences = [sentence for kind in found.violations.values() for sentence in kind]
    return "\n".join([f"{found.acknowledged} acknowledged, {found.sent_again} sent again: {counts}", *sentences])
