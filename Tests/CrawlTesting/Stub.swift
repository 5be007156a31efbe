enum StubCrawlTesting {}
