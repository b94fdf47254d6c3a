"""``followup mcp``: the tools for agents, over standard input and output."""

from __future__ import annotations

from importlib.util import find_spec

from service.cli.telling import EXIT_CANNOT_RUN, Index, settings_with, stop, told_errors


def mcp(index: Index = None) -> None:
    """
    Serve search_evidence, get_passage and answer_followup to an agent over standard streams.

    An agent's program starts this itself; a running server has the same tools at /mcp. Needs the
    extra mcp.

    Example: followup mcp
    """
    if find_spec("mcp") is None:
        stop("the package mcp is not installed; pip install 'mcp>=2.3'", EXIT_CANNOT_RUN)
    import asyncio  # noqa: PLC0415 - keeps --help instant

    from service.api.mcp_server import Tools  # noqa: PLC0415
    from service.bootstrap import bootstrap  # noqa: PLC0415

    settings = settings_with(index=index)
    with told_errors(), bootstrap(settings) as runtime:
        runtime.live.follow(settings.poll_seconds)
        tools = Tools(runtime, asyncio.to_thread)
        asyncio.run(tools.serve_streams())
