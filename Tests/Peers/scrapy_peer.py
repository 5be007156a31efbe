"""Fetches each URL of a file once with Scrapy, its queue and what it has seen kept in JOBDIR."""

import sys

import scrapy
from scrapy.crawler import CrawlerProcess

LIST, JOBDIR = sys.argv[1:]


class Pages(scrapy.Spider):
    name = "pages"

    async def start(self):
        with open(LIST) as lines:
            for line in lines:
                yield scrapy.Request(line.strip())

    def parse(self, response):
        return None


process = CrawlerProcess(
    {
        "JOBDIR": JOBDIR,
        "CONCURRENT_REQUESTS": 128,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": False,
        "RETRY_ENABLED": False,
        "LOG_LEVEL": "ERROR",
        "TELNETCONSOLE_ENABLED": False,
    }
)
process.crawl(Pages)
process.start()
