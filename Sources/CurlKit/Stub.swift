enum StubCurlKit {}
