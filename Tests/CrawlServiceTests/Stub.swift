enum StubCrawlServiceTests {}
