enum StubCrawlCoreTests {}
