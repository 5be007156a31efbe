enum StubCrawlFetchTests {}
