import Glibc
import Testing

@testable import CrawlService

struct SignalTextTests {
    @Test("a hook that the sandbox ended is told from one that ended by itself")
    func sandbox() {
        let sandbox = "killed by the sandbox"
        for number in [SIGTRAP, SIGILL, SIGABRT] {
            #expect(SignalText.text(number, isSandboxed: true).hasPrefix(sandbox))
            #expect(!SignalText.text(number, isSandboxed: false).contains(sandbox))
        }
        #expect(SignalText.text(SIGSYS, isSandboxed: false).hasPrefix("killed by the sandbox (SIGSYS)"))
        #expect(SignalText.text(SIGKILL, isSandboxed: true) == "ended by SIGKILL")
        #expect(SignalText.text(40, isSandboxed: true) == "ended by signal 40")
    }
}
