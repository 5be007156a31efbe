"""Fetches each URL of a file once with aiohttp, names looked up by aiodns (c-ares): 256 requests at a time."""

import argparse
import asyncio

import aiohttp
from aiohttp.resolver import AsyncResolver


async def main(arguments):
    with open(arguments.list) as lines:
        urls = iter(lines.read().split())
    resolver = None
    if arguments.name_server:
        resolver = AsyncResolver(
            nameservers=["127.0.0.1"], udp_port=arguments.name_server, tcp_port=arguments.name_server
        )
    connector = aiohttp.TCPConnector(limit=256, resolver=resolver, use_dns_cache=True)
    good = failed = 0
    async with aiohttp.ClientSession(connector=connector) as session:

        async def worker():
            nonlocal good, failed
            for url in urls:
                try:
                    async with session.get(url) as answer:
                        await answer.read()
                        good += 1
                except (aiohttp.ClientError, asyncio.TimeoutError):
                    failed += 1

        await asyncio.gather(*(worker() for _ in range(256)))
    print(f"{good} good, {failed} failed")


parser = argparse.ArgumentParser()
parser.add_argument("list")
parser.add_argument("--name-server", type=int, help="port on 127.0.0.1")
asyncio.run(main(parser.parse_args()))
