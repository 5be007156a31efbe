enum StubCrawlFrontier {}
