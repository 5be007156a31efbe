import Testing

@testable import CrawlService

@Suite struct SystemdNotifyTests {
    @Test func assignments() {
        #expect(SystemdNotify.State.ready.assignments == "READY=1")
        #expect(SystemdNotify.State.extendTimeout(.seconds(30)).assignments == "EXTEND_TIMEOUT_USEC=30000000")
        #expect(SystemdNotify.State.status("12 in flight\nREADY=1\r\n").assignments == "STATUS=12 in flight READY=1 ")
    }

    @Test func outsideOfSystemdNothingIsThere() throws {
        #expect(try SystemdNotify().inheritedSocket() == nil)
        #expect(SystemdNotify().watchdogInterval() == nil)
        SystemdNotify().tell(.ready)
        SystemdNotify().tellReloading()
    }
}
