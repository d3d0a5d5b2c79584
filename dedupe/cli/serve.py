"""``dedupe serve``: the index over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dedupe.cli.common import examples
from dedupe.cli.messages import are_json, is_quiet
from dedupe.cli.options import as_bytes, cache_option, index_options, map_option, trust_clock_option
from dedupe.errors import InputError


@click.command(
    epilog=examples("dedupe serve --index seen",
                    "dedupe serve --index seen --host 0.0.0.0 --token-file tokens --log-format json"),
)  # fmt: skip
@click.option(
    "--index", "folder", required=True, metavar="DIR", help="Folder of the index, or postgresql://…; made if absent."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
    help="Where to listen. Beyond this machine it needs --token-file, and a proxy in front for TLS.",
)  # fmt: skip
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8765, show_default=True, help="The port; 0 takes a free one."
)
@click.option(
    "--token-file", type=click.Path(dir_okay=False, path_type=Path),
    help="Who may ask: bearer tokens, one a line. It is read again when it changes.",
)  # fmt: skip
@click.option(
    "--max-body", "max_body_mb", type=click.FloatRange(0.001, 1000), default=10, show_default=True, metavar="MB",
    help="Largest body of a request, in megabytes. Bodies of eight times as much are held at once.",
)  # fmt: skip
@click.option(
    "--max-waiting", type=click.IntRange(1, 1_000_000), default=4096, show_default=True, metavar="ARTICLES",
    help="Most articles that wait for an answer; more are refused with 429.",
)  # fmt: skip
@click.option(
    "--max-batch", type=click.IntRange(1, 100_000), default=256, show_default=True, metavar="ARTICLES",
    help="Most articles of several requests that are stored in one commit.",
)  # fmt: skip
@click.option(
    "--max-delay-ms", type=click.FloatRange(0, 1000), default=0, show_default=True, metavar="MS",
    help="How long a commit waits for more articles than are there, in milliseconds.",
)  # fmt: skip
@click.option(
    "--align-seconds", type=click.FloatRange(0.1, 3600), default=10, show_default=True,
    help="Longest time for one pair of /v1/align.",
)  # fmt: skip
@click.option(
    "--align-processes", type=click.IntRange(1, 64), default=1, show_default=True,
    help="Processes for /v1/align.",
)  # fmt: skip
@click.option(
    "--align-memory", "align_memory_mb", type=click.IntRange(300), default=1000, show_default=True, metavar="MB",
    help="Most memory of each of these processes, in megabytes; limited on Linux only.",
)  # fmt: skip
@click.option(
    "--drain-seconds", type=click.FloatRange(0, 3600), default=5, show_default=True,
    help="After SIGTERM, answer so long with /readyz at 503 before stopping: longer than probers take to see it.",
)  # fmt: skip
@click.option(
    "--wait", "wait_seconds", type=click.FloatRange(0), default=10, show_default=True, metavar="SECONDS",
    help="Wait at most so long for another process that uses the index; then answer 503.",
)  # fmt: skip
@trust_clock_option
@cache_option
@map_option
@index_options
def serve(  # noqa: PLR0913, PLR0917 - click hands every option over as an argument
    folder: str,
    host: str,
    port: int,
    token_file: Path | None,
    max_body_mb: float,
    max_delay_ms: float,
    align_memory_mb: int,
    drain_seconds: float,
    wait_seconds: float,
    trust_clock: bool,
    cache: str | None,
    columns: dict[str, str],
    retention_days: float | None,
    story_days: float | None,
    day_first: bool | None,
    settings: dict[str, Any],
    **limits: Any,  # noqa: ANN401 - the fields of Limits that need no conversion
) -> None:
    """Answer over HTTP what `dedupe filter` answers in a pipe: one verdict per article, stored durably.

    POST articles to /v1/check; /openapi.json describes all paths. Whatever waits is stored in one commit, so many
    clients are served as fast as one. The service ends with exit code 0 at SIGTERM, after the requests under way.

    One process serves an index. Other processes may use it meanwhile, such as `dedupe index backup`.
    """
    try:
        from dedupe.service import logs, server
        from dedupe.service.app import Limits, Service
        from dedupe.service.tokens import Tokens
    except ModuleNotFoundError as error:
        raise InputError(f"the service cannot run here: {error}; pip install 'news-dedupe[serve]'") from error
    from dedupe.index import Index
    from dedupe.reading.fields import Columns

    if token_file is None and not server.is_loopback(host):
        raise click.UsageError(f"--host {host} lets other machines ask: give --token-file, with a token on each line.")
    tokens = None if token_file is None else Tokens(token_file)
    own = Limits(
        max_body=as_bytes(max_body_mb),
        max_delay=max_delay_ms / 1000,
        align_memory=as_bytes(align_memory_mb),
        **limits,
    )
    with (
        server.bound_socket(host, port) as bound,
        Index(
            folder,
            retention_days,
            settings,
            story_days=story_days,
            wait_seconds=wait_seconds,
            trust_clock=trust_clock,
            cache=cache,
        ) as index,
        logs.logged_to_stderr(as_json=are_json(), with_requests=not is_quiet()) as log,
    ):
        service = Service(index, own, tokens, Columns(columns), log, day_first=day_first)
        server.serve(service, bound, drain_seconds)
