"""The answer to `--cluster` and `--share`: workers started here, or a scheduler and a share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from library.core.errors import BadInput, NotAllowed, NotFound
from library.core.files import real_path
from library.core.own_folders import require_not_published
from library.core.workspace import Workspace

MAX_LOCAL_WORKERS = 64
_LOCAL = re.compile(r"local:([0-9]{1,3})\Z")
_ADDRESS = re.compile(r"(tls|tcp)://(\[[0-9a-fA-F:]+\]|[^\s/:@]+):[0-9]{1,5}\Z")
_OBJECT_STORE = re.compile(r"(s3|gs|abfs)://[^\s]+\Z")
_THIS_MACHINE = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class ClusterChoice:
    """Workers to start here, or the address of a scheduler with the share that files go through."""

    count: int = 0
    """Number of workers to start on this machine; 0 for a cluster that there is."""
    address: str = ""
    share: str = ""


def cluster_choice(cluster: str, share: str | None, workspace: Workspace) -> ClusterChoice:
    """Return what was typed as a choice.

    Raises BadInput for what is neither, NotAllowed for a cluster on another machine that would be
    spoken to without encryption, NotFound for a shared folder that is not there.
    """
    local = _LOCAL.match(cluster)
    if local:
        if share:
            raise BadInput(
                "Workers on this machine need no --share.", "Leave it out, or name a cluster."
            )
        if not 1 <= int(local[1]) <= MAX_LOCAL_WORKERS:
            raise BadInput(
                f"“{cluster}” is not a number of workers from 1 to {MAX_LOCAL_WORKERS}.",
                "Say for instance local:4.",
            )
        return ClusterChoice(count=int(local[1]))
    typed = _ADDRESS.match(cluster)
    if not typed:
        raise BadInput(
            f"“{cluster}” is not a cluster.",
            "Say local:4 for four workers on this machine, or the address of a Dask scheduler, "
            "such as tls://cluster.example:8786.",
        )
    if typed[1] == "tcp" and typed[2] not in _THIS_MACHINE:
        raise NotAllowed(
            f"What is said to {cluster} could be read on the way: it is not encrypted.",
            "Start its scheduler with certificates and say tls:// instead: docs/scale.md",
        )
    if not share:
        raise BadInput(
            "It is not said how recordings come to the workers.",
            "Name a folder that all of them see, or a store: --share /mnt/shared, or "
            "--share s3://bucket/folder. What goes through it is encrypted.",
        )
    return ClusterChoice(address=cluster, share=_share_url(share, workspace))


def _share_url(share: str, workspace: Workspace) -> str:
    if _OBJECT_STORE.match(share):
        return share
    if "://" in share:
        raise BadInput(
            f"“{share}” is not a share.",
            "Name a folder, or an address with s3://, gs:// or abfs://.",
        )
    folder = real_path(share)
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}.", "Make it, or name another with --share.")
    require_not_published(folder, workspace)
    return folder.as_uri()
