enum StubControlAPI {}
