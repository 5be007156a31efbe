enum StubCrawlFetch {}
