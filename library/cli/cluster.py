"""Options `--cluster` and `--share` of the commands whose work other machines may do."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from library.cli.console import say
from library.core.errors import ToolMissing

if TYPE_CHECKING:
    from library.cluster.choice import ClusterChoice
    from library.cluster.dispatch import Cluster
    from library.core.workspace import Workspace

FC = TypeVar("FC", bound=Callable[..., Any])


def cluster_options(command: FC) -> FC:
    """Add `--cluster` and `--share` to a command."""
    command = click.option(
        "--share",
        metavar="FOLDER|URL",
        help="With --cluster ADDRESS: a folder or store (s3://…) that its workers reach too.",
    )(command)
    return click.option(
        "--cluster",
        metavar="ADDRESS|local:N",
        help="Have the work done by a Dask cluster, or by N processes here: docs/scale.md.",
    )(command)


def chosen_cluster(
    cluster: str | None, share: str | None, workspace: Workspace
) -> ClusterChoice | None:
    """Return what was typed, or None where no cluster was. Raises as `cluster_choice` does.

    Raises ToolMissing where the extra is not installed: before any work is begun.
    """
    if cluster is None:
        if share is not None:
            raise click.UsageError("Use --share with --cluster.")
        return None
    # Not imported: that takes half a second, and may not be needed.
    if any(importlib.util.find_spec(name) is None for name in ("distributed", "obstore")):
        raise ToolMissing(
            "Work on a cluster needs Dask, which is not installed.",
            'Install it: pip install "carer-stories[cluster]", or leave out --cluster.',
        )
    from library.cluster.choice import cluster_choice

    return cluster_choice(cluster, share, workspace)


@contextmanager
def opened_cluster(choice: ClusterChoice, threads: int) -> Iterator[Cluster]:
    """Open the cluster for the block, and say on standard error what happens to its workers."""
    from library.cluster.dask_crew import open_cluster

    with open_cluster(choice, threads, lambda sentence: say(sentence, err=True)) as cluster:
        yield cluster
