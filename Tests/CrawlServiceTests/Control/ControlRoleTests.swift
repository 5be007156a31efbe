import Testing

@testable import CrawlService

struct ControlRoleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var peer: PeerIdentity
        var role = ControlRole(daemonUID: 100, socketGroup: 200)
        var mayWrite: Bool
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "root", peer: PeerIdentity(uid: 0, gid: 0, groups: []), mayWrite: true),
        Case(name: "daemon", peer: PeerIdentity(uid: 100, gid: 1, groups: []), mayWrite: true),
        Case(name: "primary group", peer: PeerIdentity(uid: 5, gid: 200, groups: []), mayWrite: true),
        Case(name: "further group", peer: PeerIdentity(uid: 5, gid: 5, groups: [7, 200]), mayWrite: true),
        Case(name: "other", peer: PeerIdentity(uid: 5, gid: 5, groups: [7]), mayWrite: false),
        Case(
            name: "overflow user", peer: PeerIdentity(uid: 65534, gid: 5, groups: []),
            role: ControlRole(daemonUID: 65534, socketGroup: 200), mayWrite: false),
        Case(
            name: "overflow group", peer: PeerIdentity(uid: 5, gid: 65534, groups: [65534]),
            role: ControlRole(daemonUID: 100, socketGroup: 65534), mayWrite: false),
    ]) func decision(_ example: Case) {
        #expect(example.role.mayWrite(example.peer) == example.mayWrite)
    }
}
