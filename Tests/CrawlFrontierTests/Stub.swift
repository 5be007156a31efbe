enum StubCrawlFrontierTests {}
